import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure, type FailureCode } from '../../../kernel/errors.ts';
import { readDelimited, readHierarchy } from './delimited.ts';
import { hierarchyOf, lowestOver } from './hierarchy.ts';
import { recodeFullDomain } from './lattice/full.ts';
import { recodeLocally } from './local/local.ts';
import type { Model } from './model.ts';
import { tableOf } from './table.ts';

const failsWith = (code: FailureCode, text: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && text.test(error.message);

test('delimited text: what is written by RFC 4180 is read back', () => {
  const field = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r', ';', 'é') });
  const width = 3;
  const records = fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 5 });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(records, fc.constantFrom('\n', '\r\n'), fc.boolean(), (rows, end, last) => {
      const text = rows.map((row) => row.map(quoted).join(',')).join(end) + (last ? end : '');
      assert.deepEqual(readDelimited(text), rows);
    }),
  );
  assert.deepEqual(readDelimited('a;b\r\n1;"x;y"\r\n\r\n;2', ';'), [
    ['a', 'b'],
    ['1', 'x;y'],
    ['', '2'],
  ]);
  assert.throws(() => readDelimited('a,"b'), failsWith('structure', /Record 1/));
  assert.throws(() => readDelimited('a\nb,"c"d'), failsWith('structure', /Record 2/));
});

test('a hierarchy in ARX’s form: leaves stand depth-first, groups of one add no node', () => {
  const hierarchy = readHierarchy('town', 'Bonn;West;*\r\nJena;East;*\r\nKöln;West;*\r\nKiel;North;*\r\n');
  assert.deepEqual(hierarchy.labels, ['Bonn', 'Köln', 'Jena', 'Kiel', 'West', '*']);
  assert.equal(hierarchy.labels[lowestOver(hierarchy, 0, 1)], 'West');
  assert.equal(hierarchy.labels[lowestOver(hierarchy, 1, 2)], '*');
  assert.deepEqual(Array.from(hierarchy.levels[1]!), [4, 4, 2, 3]);
  assert.deepEqual(Array.from(hierarchy.loss), [0, 0, 0, 0, 1 / 3, 1]);
});

test('what is no tree is refused, without naming a value', () => {
  const cases = ['', 'a;x;*\nb;x', 'a;*\na;*', 'a;x\nb;y', 'a;x;p;*\nb;x;q;*'];
  for (const text of cases)
    assert.throws(() => readHierarchy('town', text), failsWith('structure', /hierarchy of town/));
});

const town = hierarchyOf('town', [
  ['Bonn', '*'],
  ['Jena', '*'],
]);
const table = tableOf(
  ['town', 'sex'],
  [
    ['Bonn', 'f'],
    ['Jena', 'f'],
    ['Bonn', 'm'],
    ['Jena', 'm'],
  ],
  { town },
);

test('bad input fails with a text that says what to do and leaks neither value nor count', () => {
  const of = (model: Partial<Model>) => () => recodeLocally(table, { quasiIdentifiers: ['town'], k: 2, ...model });
  assert.throws(of({ k: 5 }), failsWith('business-rule', /^[^0-9]*k is larger than the table[^0-9]*$/));
  assert.throws(of({ k: 0 }), failsWith('value', /k must be/));
  assert.throws(of({ quasiIdentifiers: [] }), failsWith('required', /quasi-identifier/));
  assert.throws(of({ quasiIdentifiers: ['age'] }), failsWith('not-found', /no column age/));
  assert.throws(of({ quasiIdentifiers: ['town', 'town'] }), failsWith('value', /twice/));
  assert.throws(of({ sensitive: { column: 'town' } }), failsWith('value', /twice/));
  assert.throws(of({ sensitive: { column: 'sex', level: 7 } }), failsWith('not-found', /no such level/));
  const diverse = { column: 'sex', diversity: { kind: 'distinct', l: 3 } } as const;
  assert.throws(of({ sensitive: diverse }), failsWith('business-rule', /too little variety/));
  assert.throws(
    of({ sensitive: { column: 'sex', closeness: { t: 2, distance: 'equal' } } }),
    failsWith('value', /t must/),
  );
  const missing = () => tableOf(['town'], [['Ulm']], { town });
  assert.throws(missing, failsWith('value', /^The hierarchy of town misses a value that the column holds\.$/));
  assert.throws(() => tableOf(['town', 'town'], []), failsWith('structure', /same name/));
  assert.throws(() => tableOf(['town'], [[]]), failsWith('structure', /one field per column/));
  const empty = () => recodeFullDomain(tableOf(['town'], []), { quasiIdentifiers: ['town'], k: 2 });
  assert.throws(empty, failsWith('business-rule', /no rows/));
});
