import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recodeFullDomain } from './lattice/full.ts';
import { recodeLocally } from './local/local.ts';
import { measure } from './measured.ts';
import { lossOf } from './metrics.ts';
import type { Model } from './model.ts';
import { adultFolder, readAdult } from './testing/adult.ts';

const adult = readAdult();
const options = { skip: adult ? false : `NOT RUN: ${adultFolder}` };
const seven = ['sex', 'age', 'race', 'marital-status', 'education', 'native-country', 'workclass'];

test('ARX’s hierarchies of Adult cover its rows', options, () => {
  assert.equal(adult!.rows, 30_162);
  const levels = adult!.columns.map(({ hierarchy }) => hierarchy.levels.length);
  assert.deepEqual(levels, [2, 5, 2, 3, 4, 3, 3, 3, 2]);
});

test('the model of a row release holds on every class of Adult, and no row is lost', options, () => {
  const model: Model = {
    quasiIdentifiers: seven,
    k: 11,
    sensitive: {
      column: 'occupation',
      diversity: { kind: 'distinct', l: 3 },
      closeness: { t: 0.3, distance: 'equal' },
    },
  };
  const recoding = recodeLocally(adult!, model);
  const { k, sensitive } = measure(adult!, model, recoding);
  assert(k >= 11 && sensitive!.distinct >= 3 && sensitive!.equalDistance <= 0.3 + 1e-9);
  const { suppressed, ncp } = lossOf(recoding);
  assert.equal(suppressed, 0);
  assert(ncp < 0.25, `NCP ${ncp}`);
});

test('every generalisation and every interval covers the row’s own value', options, () => {
  for (const labels of ['node', 'interval'] as const) {
    const { quasi, classOf, low, high } = recodeLocally(adult!, { quasiIdentifiers: seven, k: 5 }, labels);
    for (const [index, { codes }] of quasi.entries())
      assert(codes.every((code, row) => code >= low[index]![classOf[row]!]! && code <= high[index]![classOf[row]!]!));
  }
});

test('the best of 12,960 generalisations of Adult is found by trying few of them', options, () => {
  const model = { quasiIdentifiers: adult!.columns.map(({ name }) => name), k: 5 };
  const recoding = recodeFullDomain(adult!, model, 1);
  assert.deepEqual(Array.from(recoding.levels), [0, 3, 0, 0, 2, 1, 1, 1, 0]);
  assert.equal(recoding.points, 12_960);
  assert(recoding.evaluated < 500, `${recoding.evaluated} tried`);
  assert(measure(adult!, model, recoding).k >= 5);
});
