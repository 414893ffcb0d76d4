import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Failure } from '../../../kernel/errors.ts';
import { hierarchyOf } from '../engine/hierarchy.ts';
import { recodeLocally } from '../engine/local/local.ts';
import { measure } from '../engine/measured.ts';
import { recodeSets } from '../engine/sets.ts';
import { peopleTable } from './people.ts';
import { type PersonRow, readExtract } from './person.ts';

const icd10 = 'http://hl7.org/fhir/sid/icd-10';
const definition = {
  person: {
    resource: 'Patient',
    select: [
      {
        column: [
          { name: 'born', path: 'birthDate' },
          { name: 'sex', path: 'gender' },
          { name: 'postcode', path: 'address.first().postalCode' },
          { name: 'seen', path: "extension('http://example.org/seen').value.ofType(date)" },
        ],
      },
    ],
    where: [{ path: 'active' }],
  },
  columns: [
    { column: 'born', as: 'age', at: '2026-01-01' },
    { column: 'sex', as: 'text' },
    { column: 'postcode', as: 'postcode' },
    { column: 'seen', as: 'date' },
  ],
  sets: [
    {
      name: 'diagnoses',
      as: 'diagnosis',
      view: {
        resource: 'Condition',
        select: [{ forEach: `code.coding.where(system = '${icd10}')`, column: [{ name: 'code', path: 'code' }] }],
      },
    },
  ],
};
const extract = readExtract(definition);

const patient = (more: object = {}) => ({
  resourceType: 'Patient',
  active: true,
  gender: 'female',
  birthDate: '1960-01-02',
  address: [{ postalCode: '02139-4307' }],
  extension: [{ url: 'http://example.org/seen', valueDate: '2020-03-04' }],
  ...more,
});
const condition = (code: string) => ({ resourceType: 'Condition', code: { coding: [{ system: icd10, code }] } });

test('a person becomes one row: age, postcode and date as they are treated, each diagnosis once', () => {
  const record = [patient(), condition('I10'), condition('I10'), condition('E11.9')];
  assert.deepEqual(extract.row(record, 2), {
    texts: ['65', 'female', '02139', '2020-03-18'],
    sets: [['I10', 'E11.9']],
  });
  assert.deepEqual(extract.resourceTypes, ['Patient', 'Condition']);
});

test('a column with a view of its own is what that finds, as one text', () => {
  const path = "iif(code.coding.code = 'I10', 'hypertension', 'other')";
  const view = { resource: 'Condition', select: [{ column: [{ name: 'group', path }] }] };
  const { row, resourceTypes } = readExtract({
    ...definition,
    columns: [{ column: 'group', as: 'text', view }],
    sets: [],
  });
  const groups = (...codes: string[]) => row([patient(), ...codes.map(condition)], 0)!.texts;
  assert.deepEqual(groups('J45', 'I10', 'E11.9', 'I10'), ['hypertension + other']);
  assert.deepEqual([groups('I10'), groups()], [['hypertension'], ['unknown']]);
  assert.deepEqual(resourceTypes, ['Patient', 'Condition']);
});

test('what the record does not have is unknown; whom the view leaves out has no row', () => {
  const bare = { resourceType: 'Patient', active: true, birthDate: '1960', address: [{ postalCode: 'SW1A 1AA' }] };
  assert.deepEqual(extract.row([bare], 0), { texts: ['unknown', 'unknown', 'unknown', 'unknown'], sets: [[]] });
  assert.equal(extract.row([patient({ active: false })], 0), undefined);
  assert.throws(() => extract.row([patient(), patient()], 0), /several rows of one person/);
});

test('unknown stands beside all other values, at every level but the last', () => {
  const rows = [patient(), patient({ birthDate: undefined })].map((each) => extract.row([each], 0)!);
  const { hierarchy, codes } = peopleTable(extract, rows).table.columns[0]!;
  const path = (row: number) => hierarchy.levels.map((nodes) => hierarchy.labels[nodes[codes[row]!]!]);
  assert.deepEqual(path(0), ['65', '65-69', '60-69', '60-79', '*']);
  assert.deepEqual(path(1), ['unknown', 'unknown', 'unknown', 'unknown', '*']);
});

test('sets become codes of the classification; a hierarchy of one’s own is used, and must hold every value', () => {
  const rows = [[condition('I10'), condition('E11.9')], []].map((more) => extract.row([patient(), ...more], 0)!);
  const [diagnoses] = peopleTable(extract, rows).sets;
  const labels = diagnoses!.rows.map((row) => row.map((code) => diagnoses!.hierarchy.labels[code]));
  assert.deepEqual(labels, [['I10', 'E11.9'], []]);
  const sex = hierarchyOf('sex', [['male', '*']]);
  assert.throws(
    () => peopleTable(extract, rows, { sex }),
    (error) => error instanceof Failure && error.code === 'value' && !error.message.includes('female'),
  );
});

test('what is wrong with an extract is said with its place', () => {
  const cases: [object, RegExp][] = [
    [{ columns: [{ column: 'born', as: 'age' }] }, /columns\[0\] must say "at"/],
    [{ columns: [{ column: 'name', as: 'text' }] }, /columns\[0\] names name/],
    [{ columns: [{ column: 'sex', as: 'text', view: definition.sets[0]!.view }] }, /columns\[0\] names sex/],
    [{ columns: [{ column: 'code', as: 'diagnosis', view: definition.sets[0]!.view }] }, /must be a text/],
    [{ columns: [{ column: 'sex', as: 'hash' }] }, /columns\[0\]\.as/],
    [{ person: { ...definition.person, resource: 'Group' } }, /person\.resource must be a view of Patient/],
    [{ sets: [definition.sets[0], definition.sets[0]] }, /name a column twice/],
    [{ sets: [{ ...definition.sets[0]!, view: definition.person }] }, /sets\[0\]\.view must have one column/],
  ];
  for (const [change, told] of cases) assert.throws(() => readExtract({ ...definition, ...change }), told);
});

test('Synthea’s people: extracted, anonymised and measured', (t) => {
  const folder = new URL('../../../../shared/data/synthea-r4/', import.meta.url);
  if (!existsSync(folder)) return t.skip('NOT RUN: the Synthea bundles are not there');
  const snomed = readExtract({
    person: {
      resource: 'Patient',
      select: [
        {
          column: [
            { name: 'born', path: 'birthDate' },
            { name: 'sex', path: 'gender' },
            { name: 'postcode', path: 'address.first().postalCode' },
          ],
        },
      ],
    },
    columns: [
      { column: 'born', as: 'age', at: '2020-01-01' },
      { column: 'sex', as: 'text' },
      { column: 'postcode', as: 'postcode' },
    ],
    sets: [
      {
        name: 'conditions',
        as: 'text',
        view: { resource: 'Condition', select: [{ column: [{ name: 'code', path: 'code.coding.first().code' }] }] },
      },
    ],
  });
  const rows = readdirSync(folder)
    .filter((file) => file.endsWith('.gz'))
    .map((file): PersonRow => {
      const { entry } = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString());
      return snomed.row(
        entry.map(({ resource }: { resource: { resourceType: string } }) => resource),
        0,
      )!;
    });
  const { table, sets } = peopleTable(snomed, rows);
  const model = { quasiIdentifiers: ['born', 'sex', 'postcode'], k: 5 };
  assert(measure(table, model, recodeLocally(table, model)).k >= 5);
  const published = recodeSets(sets[0]!.rows, sets[0]!.hierarchy, 5);
  assert.equal(published.sets.length, rows.length);
});
