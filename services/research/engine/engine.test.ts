import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../kernel/errors.ts';
import { recodeFullDomain } from './lattice/full.ts';
import { recodeLocally } from './local/local.ts';
import { lossOf } from './metrics.ts';
import type { Model, Sensitive } from './model.ts';
import type { Recoding } from './recoding.ts';
import { columnOf } from './table.ts';
import {
  largerTables,
  leavesUnder,
  type Plain,
  plainClasses,
  plainMet,
  plainNcp,
  plainOptimum,
  plainOrder,
  plainTables,
  publishedOf,
  sensitives,
  tableOfPlain,
} from './testing/plain.ts';

const ks = fc.integer({ min: 1, max: 4 });
const scenes = fc.tuple(plainTables, ks, sensitives);
const limits = fc.constantFrom(0, 0.1, 0.3, 1);

/** The recoding, or undefined where the whole table as one class fails by the naive definition too. */
function attempt(plain: Plain, model: Model, recode: () => Recoding): Recoding | undefined {
  const sensitive = plain.records.map((record) => record.at(-1)!);
  const order = plainOrder(plain, columnOf(tableOfPlain(plain), 's').hierarchy);
  if (plainMet(model, order, sensitive, sensitive)) return recode();
  assert.throws(recode, (error) => error instanceof Failure && error.code === 'business-rule');
  return undefined;
}

/** Every class meets the model, every published value covers the row's own, and NCP is what the definition says. */
function assertRelease(plain: Plain, model: Model, recoding: Recoding): void {
  const published = publishedOf(recoding);
  const sensitive = plain.records.map((record) => record.at(-1)!);
  const released = sensitive.filter((_, row) => published[row]);
  const order = plainOrder(plain, columnOf(tableOfPlain(plain), 's').hierarchy);
  for (const rows of plainClasses(published))
    assert(
      plainMet(
        model,
        order,
        released,
        rows.map((row) => sensitive[row]!),
      ),
    );
  for (const [row, record] of published.entries())
    for (const [index, text] of (record ?? []).entries())
      assert(leavesUnder(plain, model.quasiIdentifiers[index]!, text).includes(plain.records[row]![index]!));
  assert(Math.abs(lossOf(recoding).ncp - plainNcp(plain, model.quasiIdentifiers, published)) < 1e-9);
}

test('local recoding: every class meets the model by the naive definitions, no row is lost, NCP agrees', () => {
  fc.assert(
    fc.property(scenes, ([plain, k, sensitive]) => {
      const model = { quasiIdentifiers: plain.header.slice(0, -1), k, ...(sensitive && { sensitive }) };
      const recoding = attempt(plain, model, () => recodeLocally(tableOfPlain(plain), model));
      if (!recoding) return;
      assert.equal(lossOf(recoding).suppressed, 0);
      assertRelease(plain, model, recoding);
    }),
    { numRuns: 500 },
  );
});

/** No generalisation that the naive implementation tries loses less. */
function assertOptimal(plain: Plain, k: number, sensitive: Sensitive | undefined, mostSuppressed: number): void {
  const model = { quasiIdentifiers: plain.header.slice(0, -1), k, ...(sensitive && { sensitive }) };
  const recoding = attempt(plain, model, () => recodeFullDomain(tableOfPlain(plain), model, mostSuppressed));
  if (!recoding) return;
  assertRelease(plain, model, recoding);
  const order = plainOrder(plain, columnOf(tableOfPlain(plain), 's').hierarchy);
  const least = plainOptimum(plain, model, order, mostSuppressed);
  assert(Math.abs(lossOf(recoding).ncp - least!) < 1e-9, `${lossOf(recoding).ncp} is not ${least}`);
}

test('full-domain recoding: the model holds and no generalisation loses less, by trying all of them', () => {
  fc.assert(
    fc.property(scenes, limits, ([plain, k, sensitive], limit) => assertOptimal(plain, k, sensitive, limit)),
    {
      numRuns: 400,
    },
  );
});

test('full-domain recoding: the same where the search leaves points out', () => {
  fc.assert(fc.property(largerTables, ks, sensitives, limits, assertOptimal), { numRuns: 400 });
});

test('equal input gives an equal recoding', () => {
  fc.assert(
    fc.property(scenes, ([plain, k, sensitive]) => {
      const model = { quasiIdentifiers: plain.header.slice(0, -1), k, ...(sensitive && { sensitive }) };
      const local = () => attempt(plain, model, () => recodeLocally(tableOfPlain(plain), model, 'interval'));
      assert.deepEqual(local()?.classOf, local()?.classOf);
      assert.deepEqual(local()?.low, local()?.low);
    }),
    { numRuns: 100 },
  );
});
