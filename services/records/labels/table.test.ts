import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { loadTable, ownSets } from './load.ts';
import { categoryOf } from './systems.ts';
import { labelTable } from './table.ts';
import { labelOf, withOwn } from './valueSets.ts';

const snomed = 'http://snomed.info/sct';
const icd10cm = 'http://hl7.org/fhir/sid/icd-10-cm';

/** The codes of the labels that a code brings. */
const labelsOf = ({ labels, bits }: ReturnType<typeof labelTable>, system: string, code: string) =>
  labels.filter((_, index) => bits(system, code) & (1 << index)).map((label) => label.code);

const listed = Object.entries(ownSets).flatMap(([set, { codes }]) =>
  Object.entries(codes).flatMap(([system, names]) => Object.keys(names).map((code) => ({ set, system, code }))),
);

test('the table contradicts itself nowhere: a code stands in one set, a category of ICD-10 within no other’s', () => {
  const seen = new Map<string, string>();
  for (const { set, system, code } of listed) {
    const key = `${system} ${code}`;
    assert.equal(seen.get(key), undefined, `${key} in ${set}`);
    seen.set(key, set);
  }
  const categories = listed
    .filter(({ system }) => system === 'icd10')
    .map((each) => ({ ...each, category: categoryOf(each.code)! }));
  for (const inner of categories)
    for (const outer of categories)
      assert.ok(inner === outer || !inner.category.startsWith(outer.category), `${inner.code} within ${outer.code}`);
});

test('every label of the table is one that a consent can name', () => {
  for (const { labels } of Object.values(ownSets)) for (const label of labels) assert.ok(labelOf(label), label);
});

test('codes that carry a check digit have the right one', () => {
  for (const { system, code } of listed) {
    if (system === 'snomed') assert.ok(isVerhoeff(code), code);
    if (system === 'loinc') assert.ok(isMod10(code), code);
  }
});

test('a code of ICD-10 belongs to its categories, in every edition, with its point or without', () => {
  const table = labelTable(ownSets);
  for (const code of ['F10', 'F10.20', 'F1020', 'f10.2']) assert.deepEqual(labelsOf(table, icd10cm, code), ['ETHUD']);
  assert.deepEqual(labelsOf(table, 'http://hl7.org/fhir/sid/icd-10', 'B20'), ['HIV']);
  assert.deepEqual(labelsOf(table, 'http://fhir.de/CodeSystem/bfarm/icd-10-gm', 'A51.0'), ['STD']);
  for (const code of ['F1', 'F17.210', 'E11.9', '', 'B', 'T40.2X1A'])
    assert.deepEqual(labelsOf(table, icd10cm, code), []);
});

test('a code of another system is another code; a code of SNOMED CT covers itself alone', () => {
  const table = labelTable(ownSets);
  assert.deepEqual(labelsOf(table, snomed, '86406008'), ['HIV']);
  assert.deepEqual(labelsOf(table, 'urn:oid:2.16.840.1.113883.6.96', '86406008'), ['HIV']);
  assert.deepEqual(labelsOf(table, 'http://loinc.org', '86406008'), []);
  assert.deepEqual(labelsOf(table, snomed, '8640600'), []);
});

const own = {
  hiv: { codes: { loinc: { '89365-1': 'HIV 1+2 Ab and HIV1 p24 Ag panel' } } },
  notes: { labels: ['PSYTHPN', 'V'], source: 'our own', codes: { 'urn:example:notes': { pt: 'Psychotherapy note' } } },
};

test('a deployment adds codes to a set, and sets of its own', () => {
  const table = labelTable(withOwn(ownSets, own));
  assert.deepEqual(labelsOf(table, 'http://loinc.org', '89365-1'), ['HIV']);
  assert.deepEqual(labelsOf(table, snomed, '86406008'), ['HIV']);
  assert.deepEqual(labelsOf(table, 'urn:example:notes', 'pt').sort(), ['PSYTHPN', 'V']);
});

const wrong: [what: string, own: unknown, place: string | undefined][] = [
  ['a list', [], undefined],
  ['a set that is no object', { x: 1 }, 'x'],
  ['an unknown member', { hiv: { label: ['HIV'] } }, 'hiv.label'],
  ['an unknown label', { hiv: { labels: ['AIDS'] } }, 'hiv.labels[0]'],
  ['a label that restricts nothing', { hiv: { labels: ['N'] } }, 'hiv.labels[0]'],
  ['a new set without labels', { x: { source: 's', codes: {} } }, 'x.labels'],
  ['a new set without a source', { x: { labels: ['HIV'], codes: {} } }, 'x.source'],
  ['an unknown short name', { hiv: { codes: { sct: { 1: '' } } } }, 'hiv.codes.sct'],
  ['codes as a list', { hiv: { codes: { snomed: ['1'] } } }, 'hiv.codes.snomed'],
  ['no category of ICD-10', { hiv: { codes: { icd10: { HIV: '' } } } }, 'hiv.codes.icd10'],
  ['no code', { hiv: { codes: { snomed: { ' 1': '' } } } }, 'hiv.codes.snomed'],
];
for (const [what, sets, place] of wrong)
  test(`refused at the start, with its place: ${what}`, () => {
    const refused = (error: unknown) =>
      error instanceof Failure && error.code === 'invalid' && error.issues[0]!.expression?.[0] === place;
    assert.throws(() => withOwn(ownSets, sets), refused);
  });

test('a file that is not there, is no JSON or says what is not understood stops the start and says why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'healthchain-labels-'));
  const file = join(folder, 'labels.json');
  const reason = async (text?: string) => {
    if (text !== undefined) await writeFile(file, text);
    return loadTable(file).then(
      () => '',
      ({ message }: Failure) => message.replace(file, '<file>'),
    );
  };
  assert.equal(await reason(), 'RECORDS_LABELS, <file>: it cannot be read (ENOENT)');
  assert.equal(await reason('{'), 'RECORDS_LABELS, <file>: this is no JSON');
  assert.match(
    await reason('{"hiv":{"labels":["AIDS"]}}'),
    /^RECORDS_LABELS, <file>: hiv\.labels\[0\] must be R, V or/,
  );
  assert.equal(await reason(JSON.stringify(own)), '');
  await rm(folder, { recursive: true });
});

/** LOINC's check digit: mod 10 over alternately doubled digits. */
function isMod10(code: string): boolean {
  const [number, check] = code.split('-') as [string, string];
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const weighted = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + Math.floor(weighted / 10) + (weighted % 10);
  }, 0);
  return (10 - (sum % 10)) % 10 === Number(check);
}

/** SNOMED CT's check digit: Verhoeff's dihedral scheme, by its two generators. */
function isVerhoeff(code: string): boolean {
  const times = (a: number, b: number) => {
    if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5);
    return b < 5 ? 5 + ((a - b) % 5) : (5 + a - b) % 5;
  };
  const permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  const permuted = (digit: number, turns: number): number =>
    turns === 0 ? digit : permuted(permutation[digit]!, turns - 1);
  const sum = [...code].reverse().reduce((total, digit, index) => times(total, permuted(Number(digit), index % 8)), 0);
  return sum === 0;
}
