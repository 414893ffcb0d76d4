import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hierarchyOf } from './hierarchy.ts';
import { recodeFullDomain } from './lattice/full.ts';
import { recodeLocally } from './local/local.ts';
import { measure } from './measured.ts';
import { droppedBy, lossOf } from './metrics.ts';
import { queryError, rangeQueries } from './queries.ts';
import { recordOf, releaseOrder } from './release.ts';
import { riskOf } from './risk.ts';
import { tableOf } from './table.ts';
import { plainClasses, plainTables, publishedOf, tableOfPlain } from './testing/plain.ts';

test('loss and risk are what the published rows alone say', () => {
  fc.assert(
    fc.property(plainTables, fc.integer({ min: 1, max: 4 }), ({ header, ...rest }, k) => {
      const table = tableOfPlain({ header, ...rest });
      const recoding = recodeFullDomain(
        table,
        { quasiIdentifiers: header.slice(0, -1), k: Math.min(k, table.rows) },
        1,
      );
      const classes = plainClasses(publishedOf(recoding)).map((rows) => rows.length);
      const kept = classes.reduce((sum, size) => sum + size, 0);
      const { discernibility, averageClassSize, suppressed } = lossOf(recoding);
      const squares = classes.reduce((sum, size) => sum + size ** 2, 0);
      assert.equal(suppressed, table.rows - kept);
      assert.equal(discernibility, squares + suppressed * table.rows);
      assert.equal(averageClassSize, classes.length ? kept / classes.length : 0);
      const { prosecutor, marketer } = riskOf(recoding);
      assert.equal(prosecutor.highest, classes.length ? 1 / Math.min(...classes) : 0);
      assert(Math.abs(marketer - (kept ? classes.length / kept : 0)) < 1e-12);
    }),
  );
});

const people = (rows: string[]) =>
  tableOf(
    ['town'],
    rows.map((town) => [town]),
  );

test('a population lowers the journalist’s and the marketer’s risk, not the prosecutor’s', () => {
  const sample = recodeLocally(people(['Bonn', 'Bonn', 'Jena', 'Jena']), { quasiIdentifiers: ['town'], k: 2 });
  const all = people([...'12345678'].map((n) => (Number(n) % 2 ? 'Bonn' : 'Jena')));
  const { prosecutor, journalist, marketer } = riskOf(sample, all);
  assert.deepEqual(prosecutor, { highest: 1 / 2, mean: 1 / 2 });
  assert.deepEqual(journalist, { highest: 1 / 4, mean: 1 / 4 });
  assert.equal(marketer, 1 / 4);
});

test('count queries are exact on rows that are published as they are, and equal sequences ask equal queries', () => {
  fc.assert(
    fc.property(
      plainTables,
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1 }),
      (plain, drawn) => {
        const recoding = recodeLocally(tableOfPlain(plain), { quasiIdentifiers: plain.header.slice(0, -1), k: 1 });
        const sequence = () => {
          let at = 0;
          return () => drawn[at++ % drawn.length]!;
        };
        const queries = rangeQueries(recoding, 10, sequence());
        assert.deepEqual(queries, rangeQueries(recoding, 10, sequence()));
        const { mean, median } = queryError(recoding, queries);
        assert(mean < 1e-9 && median < 1e-9);
      },
    ),
    { numRuns: 50 },
  );
});

test('what is measured is what the published classes reach', () => {
  const rows = ['a f', 'a m', 'a m', 'b f', 'b m', 'b m'].map((row) => row.split(' '));
  const table = tableOf(['town', 'sex'], rows);
  const model = { quasiIdentifiers: ['town'], k: 3, sensitive: { column: 'sex' } };
  const { k, sensitive } = measure(table, model, recodeLocally(table, model));
  assert.equal(k, 3);
  assert.equal(sensitive!.distinct, 2);
  assert(Math.abs(sensitive!.entropy - Math.exp(Math.log(3) / 3 + (2 / 3) * Math.log(1.5))) < 1e-12);
  assert(sensitive!.equalDistance < 1e-12 && sensitive!.orderedDistance < 1e-12);
});

test('diversity counts groups of the sensitive column where a level is named', () => {
  const diagnosis = hierarchyOf('diagnosis', [
    ['I10', 'I', '*'],
    ['I20', 'I', '*'],
    ['E11', 'E', '*'],
  ]);
  const rows = ['a I10', 'a I20', 'b I10', 'b E11'].map((row) => row.split(' '));
  const table = tableOf(['town', 'diagnosis'], rows, { diagnosis });
  const classes = (level: number) => {
    const sensitive = { column: 'diagnosis', level, diversity: { kind: 'distinct' as const, l: 2 } };
    const model = { quasiIdentifiers: ['town'], k: 2, sensitive };
    const recoding = recodeLocally(table, model);
    assert.equal(measure(table, model, recoding).sensitive!.distinct, 2);
    return recoding.classes;
  };
  assert.equal(classes(0), 2);
  assert.equal(classes(1), 1);
});

test('a release does not show the order of its source', () => {
  fc.assert(
    fc.property(plainTables, fc.infiniteStream(fc.nat()), (plain, drawn) => {
      const shuffled = plain.records
        .map((record) => ({ record, key: drawn.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ record }) => record);
      const released = (records: string[][]) => {
        const table = tableOfPlain({ ...plain, records });
        const recoding = recodeFullDomain(table, { quasiIdentifiers: plain.header.slice(0, -1), k: 1 }, 0);
        return Array.from(releaseOrder(table, recoding, ['s']), (row) => recordOf(table, recoding, ['s'], row).join());
      };
      assert.deepEqual(released(shuffled), released(plain.records));
    }),
  );
});

test('who was suppressed is told by group', () => {
  const rows = ['a f', 'a f', 'a m', 'b m', 'b m', 'c f'].map((row) => row.split(' '));
  const table = tableOf(['town', 'sex'], rows);
  const recoding = recodeFullDomain(table, { quasiIdentifiers: ['town', 'sex'], k: 2 }, 0.4);
  assert.equal(lossOf(recoding).suppressed, 2);
  const bySex = droppedBy(table, recoding, [{ column: 'sex', level: 0 }]);
  assert.deepEqual(bySex, [
    { texts: ['f'], rows: 3, suppressed: 1 },
    { texts: ['m'], rows: 3, suppressed: 1 },
  ]);
});
