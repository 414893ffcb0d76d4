import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countRule } from '../counts/rule.ts';
import { hierarchyOf } from '../engine/hierarchy.ts';
import { recodeFullDomain } from '../engine/lattice/full.ts';
import { recodeLocally } from '../engine/local/local.ts';
import type { Model } from '../engine/model.ts';
import { columnOf, type Table, tableOf } from '../engine/table.ts';
import { adultFolder, readAdult } from '../engine/testing/adult.ts';
import { composition, differencing, homogeneity } from './attacks.ts';
import { downcoding } from './downcoding.ts';
import { bestGuess, type Layout } from './likeliest.ts';
import { forgetful, type Releaser, remembering } from './releaser.ts';
import { advantage, perturbingCounter, roundingCounter, trackers } from './tracker.ts';

const whole = readAdult();
const options = { skip: whole ? false : `NOT RUN: ${adultFolder}` };
const rows = (count: number, from = 0) => Int32Array.from({ length: count }, (_, index) => from + index);
const part = ({ columns }: Table, count: number): Table => ({
  rows: count,
  columns: columns.map((column) => ({ ...column, codes: column.codes.slice(0, count) })),
});
const quasiIdentifiers = ['sex', 'age', 'race', 'marital-status', 'education', 'native-country', 'workclass'];
const kOnly: Model = { quasiIdentifiers, k: 5, sensitive: { column: 'occupation' } };
const diverse: Model = { ...kOnly, sensitive: { column: 'occupation', diversity: { kind: 'distinct', l: 3 } } };
const ours = (table: Table, mostWithheld = 0.05) => remembering(table, diverse, { k: 5, l: 3, mostWithheld });

test('homogeneity: k alone tells some people’s value, l tells nobody’s', options, () => {
  const adult = part(whole!, 4000);
  const told = (releaser: Releaser) => homogeneity(releaser.release(rows(4000)).published!);
  assert(told(forgetful(adult, kOnly)) > 0);
  assert.equal(told(ours(adult)), 0);
});

test('composition: two diverse releases leave people below l, unless the second knows of the first', options, () => {
  const adult = part(whole!, 4000);
  const run = (releaser: Releaser) => {
    const { published, next } = releaser.release(rows(2500));
    return composition(published!, next.release(rows(2500, 1500)).published, rows(1000, 1500), 3);
  };
  assert(run(forgetful(adult, diverse)).below > 0.1);
  const own = run(ours(adult, 1));
  assert.equal(own.below, 0);
  assert(own.inBoth > 0);
});

test('differencing: who leaves a cohort is told by the next release, unless it knows of the first', options, () => {
  const adult = part(whole!, 2000);
  const { codes } = columnOf(adult, 'occupation');
  const trials = [3, 500, 777, 1200, 1999].map((target) => ({ target, missing: new Set([target]) }));
  const run = (releaser: Releaser) => differencing(releaser, rows(2000), trials, (person) => codes[person]!);
  assert.equal(run(forgetful(adult, diverse)).both, 1);
  const own = run(ours(adult));
  assert.equal(own.both, own.one);
  assert.equal(own.released, 1);
});

test('trackers: rounding tells whether somebody is counted, and so does a floor; noise and no edge do not', () => {
  const rule = countRule(4);
  const limits = { budget: 4, floor: 11, trials: 1000 };
  for (const [name, guess] of Object.entries(trackers)) {
    assert.equal(
      advantage(guess, () => roundingCounter(name === 'edge of the floor' ? 11 : 0), limits),
      50,
      name,
    );
    const points = advantage(guess, (trial) => perturbingCounter(keyOf(trial), rule), limits);
    assert(points < 2 + 4 * samplingError(1000), `${name}: ${points}`);
  }
});

test('counts: whoever makes the best guess of all answers is right 2 points more often than a coin at most', () => {
  for (const budget of [2, 4, 8]) {
    const rule = countRule(budget);
    const random = seeded(budget);
    for (const layout of layouts(budget, rule.change)) {
      const points = bestGuess([layout], rule, random, 4000);
      assert(points <= 2.2, `${budget} questions: ${points}`);
    }
  }
});

/** One or more questions about known people, and all others with the target, so far from them; nothing else is near. */
const layouts = (budget: number, change: number): Layout[] =>
  [1, budget >> 1].flatMap((controls) =>
    [0.1, 0.5, 0.8, 1].map((part) => {
      const tracks = Array.from({ length: budget }, (_, index) => index >= controls);
      const near = Math.round(part * change);
      return { tracks, distance: (one, other) => (tracks[one] === tracks[other] ? 2 * change : near) };
    }),
  );

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const again = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((again ^ (again >>> 14)) >>> 0) / 2 ** 32;
  };
}

const samplingError = (trials: number) => 50 / Math.sqrt(trials);

function keyOf(trial: number): Uint8Array {
  const key = Buffer.alloc(32);
  key.writeUInt32BE(trial);
  return key;
}

test('downcoding: a wide label beside narrow ones is read as the rest; where all labels are of one level, it is not', () => {
  const town = hierarchyOf('town', [
    ['a1', 'a', '*'],
    ['a2', 'a', '*'],
    ['b1', 'b', '*'],
    ['b2', 'b', '*'],
  ]);
  const records = ['a1', 'a1', 'a1', 'a2', 'a2', 'a2', 'b1', 'b2', 'b2'].map((name) => [name]);
  const table = tableOf(['town'], records, { town });
  const model = { quasiIdentifiers: ['town'], k: 3 };
  assert.equal(downcoding(recodeFullDomain(table, model)).right, 0);
  assert.deepEqual(downcoding(recodeLocally(table, model)), { right: 0, wrong: 0 });
  const [from, to] = [Int32Array.of(town.codes.get('a1')!, 0), Int32Array.of(town.codes.get('a2')!, 3)];
  const wide = { quasi: table.columns, classOf: Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1), classes: 2 };
  const { right, wrong } = downcoding({ ...wide, labels: 'node', low: [from], high: [to] });
  assert.deepEqual([right, wrong], [3 / 9, 0]);
});
