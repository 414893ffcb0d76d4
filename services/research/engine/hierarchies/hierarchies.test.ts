import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../../kernel/errors.ts';
import type { Hierarchy } from '../hierarchy.ts';
import { ageHierarchy, ageText } from './age.ts';
import { codeHierarchy, icd10 } from './code.ts';
import { dateHierarchy, shifted, weeksFor } from './date.ts';
import { zipHierarchy } from './zip.ts';

/** A value's text at every level, from itself up. */
function path(hierarchy: Hierarchy, value: string): string[] {
  const code = hierarchy.codes.get(value)!;
  return hierarchy.levels.map((nodes) => hierarchy.labels[nodes[code]!]!);
}

const value = (error: unknown) => error instanceof Failure && error.code === 'value';

test('ages go up in bands of 5, 10 and 20 years, and from 90 on they are one value', () => {
  const ages = ageHierarchy();
  assert.deepEqual(path(ages, ageText(37)), ['37', '35-39', '30-39', '20-39', '*']);
  assert.deepEqual(path(ages, ageText(88)), ['88', '85-89', '80-89', '80+', '*']);
  assert.equal(ageText(90), ageText(113));
  assert.equal(path(ages, ageText(101))[0], '90+');
  assert.equal(ages.leaves, 91);
});

test('ZIP codes go up by prefix and state, restricted prefixes as one group of their state', () => {
  const zips = zipHierarchy(['82101', '83144', '82001', '10001', '02139']);
  assert.deepEqual(path(zips, '10001').at(-1), '*');
  assert.equal(path(zips, '82101')[1], 'WY 000');
  assert.equal(path(zips, '83144')[1], 'WY 000');
  assert.deepEqual(path(zips, '82101')[2], 'WY');
  assert.deepEqual(path(zips, '82001')[2], 'WY');
  for (const wrong of ['1234', 'ABCDE', '00012']) assert.throws(() => zipHierarchy([wrong]), value);
});

test('dates go up to month, quarter and year', () => {
  const dates = dateHierarchy(['2024-05-17', '2024-05-18', '2024-04-01', '2024-11-30', '2023-01-01', '2023-02-01']);
  assert.deepEqual(path(dates, '2024-05-17'), ['2024-05-17', '2024-05', '2024-Q2', '2024', '*']);
  for (const wrong of ['2024-13-01', '17.05.2024', '2024-5-1']) assert.throws(() => dateHierarchy([wrong]), value);
});

test('a person’s dates move by the same whole number of weeks, at most 26', () => {
  const day = fc.date({ min: new Date('1930-01-01'), max: new Date('2060-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), day, (key, person, date) => {
      const weeks = weeksFor(key, person);
      assert(Number.isInteger(weeks) && Math.abs(weeks) <= 26);
      assert.equal(weeksFor(key, person), weeks);
      const text = date.toISOString().slice(0, 10);
      assert.equal(Date.parse(shifted(text, weeks)) - Date.parse(text), weeks * 7 * 86_400_000);
    }),
  );
  assert.throws(() => shifted('yesterday', 1), value);
});

test('diagnoses go up to category and chapter', () => {
  const codes = codeHierarchy('diagnosis', ['I10', 'I15.0', 'I15.1', 'E11.9', 'E10.1', 'D55.0', 'H61.2'].map(icd10));
  assert.deepEqual(path(codes, 'I15.0'), ['I15.0', 'I15', 'Chapter IX', '*']);
  assert.equal(icd10('D48.1').chapter, 'Chapter II');
  assert.equal(icd10('D55.0').chapter, 'Chapter III');
  assert.equal(icd10('H59').chapter, 'Chapter VII');
  assert.equal(icd10('Y83.1').chapter, 'Chapter XX');
  assert.equal(icd10('U07.1').chapter, 'Chapter XXII');
  assert.throws(() => icd10('38341003'), value);
});
