import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { readParquet } from 'parquet-wasm';
import { readDelimited } from '../engine/delimited.ts';
import { flatHierarchy } from '../engine/hierarchy.ts';
import type { Cell, Published } from './published.ts';
import { csvOf, ndjsonOf, parquetOf, setSeparator } from './tables.ts';

const column = (name: string, set: boolean) => ({
  name,
  role: set ? ('set' as const) : ('sensitive' as const),
  hierarchy: flatHierarchy(name, ['*']),
});
const text = fc.string({ unit: 'grapheme', minLength: 1 });
const member = text.filter((each) => !each.includes(setSeparator));
const published: fc.Arbitrary<Published> = fc
  .array(fc.tuple(text, fc.array(member, { maxLength: 4 }), fc.constantFrom('a', ' b', '"c"', 'd,\r\ne')), {
    minLength: 1,
    maxLength: 30,
  })
  .map((rows) => ({ columns: [column('one', false), column('s,et', true), column('"two"', false)], rows }));

/** Apache Arrow's reading of the file, by the Rust implementation of Parquet. */
function fromParquet(bytes: Uint8Array): Cell[][] {
  const table = tableFromIPC(readParquet(bytes).intoIPCStream());
  return table.toArray().map((row) => [...row!.toArray()].map((cell) => (typeof cell === 'string' ? cell : [...cell])));
}

test('Parquet is read back by another library: the same columns and the same rows', () => {
  fc.assert(
    fc.property(published, (release) => {
      const bytes = parquetOf(release);
      assert.deepEqual(fromParquet(bytes), release.rows);
      const { fields } = tableFromIPC(readParquet(bytes).intoIPCStream()).schema;
      assert.deepEqual(
        fields.map(({ name, nullable }) => [name, nullable]),
        release.columns.map(({ name }) => [name, false]),
      );
    }),
    { numRuns: 40 },
  );
});

test('Parquet holds more rows than one of its groups', () => {
  const rows = Array.from({ length: 100_001 }, (_, row): Cell[] => [String(row % 9), row % 3 ? ['x'] : []]);
  const read = tableFromIPC(
    readParquet(parquetOf({ columns: [column('a', false), column('b', true)], rows })).intoIPCStream(),
  );
  assert.equal(read.numRows, rows.length);
  assert.equal(JSON.stringify(read.get(100_000)), JSON.stringify({ a: '1', b: ['x'] }));
});

test('CSV is what RFC 4180 says: quoted where needed, lines end with CRLF, and back again', () => {
  fc.assert(
    fc.property(published, (release) => {
      const [header, ...records] = readDelimited(Buffer.from(csvOf(release)).toString());
      assert.deepEqual(
        header,
        release.columns.map(({ name }) => name),
      );
      assert.deepEqual(
        records,
        release.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.join(setSeparator)))),
      );
    }),
  );
  const plain = { columns: [column('a', false), column('b', false)], rows: [['1', 'x "y", z']] };
  assert.equal(Buffer.from(csvOf(plain)).toString(), 'a,b\r\n1,"x ""y"", z"\r\n');
});

test('a group whose name has the separator of sets is refused', () => {
  const rows = [[['a|b']]];
  assert.throws(() => csvOf({ columns: [column('a', true)], rows }), /separates them/);
});

test('NDJSON is an object per line', () => {
  fc.assert(
    fc.property(published, (release) => {
      const lines = Buffer.from(ndjsonOf(release)).toString().split('\n');
      assert.equal(lines.pop(), '');
      assert.deepEqual(
        lines.map((line) => Object.values(JSON.parse(line))),
        release.rows,
      );
    }),
  );
});
