import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Failure } from '../../../kernel/errors.ts';
import { readCriteria } from './criteria.ts';
import type { Resource } from './events.ts';
import { readParents, terminologyOf } from './terminology.ts';

const snomed = 'http://snomed.info/sct';
const icd10 = 'http://hl7.org/fhir/sid/icd-10';
const atc = 'http://www.whocc.no/atc';
const loinc = 'http://loinc.org';

const terminology = terminologyOf({ [snomed]: readParents('59621000,38341003\n38341003,64572001\n') });
const ask = (criterion: unknown, ...record: object[]) =>
  readCriteria(criterion, terminology, 0).holds(record as Resource[]);
const refusal = (criterion: unknown): Failure => {
  try {
    readCriteria(criterion, terminology, 0);
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new assert.AssertionError({ message: 'it is not refused' });
};
const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
const condition = (system: string, code: string, more: object = {}) => ({
  resourceType: 'Condition',
  code: coded(system, code),
  ...more,
});
const has = (system: string, code: string, descendants = true, more: object = {}) => ({
  type: 'condition',
  codes: [{ system, code, descendants }],
  ...more,
});
const person = (more: object = {}) => ({ resourceType: 'Patient', gender: 'female', birthDate: '1970-06-15', ...more });

test('a classification covers what stands under its codes and blocks', () => {
  const cases: [string, boolean, string, boolean][] = [
    ['I10', false, 'I10', true],
    ['I10', false, 'I10.9', false],
    ['I10', true, 'I10.9', true],
    ['I11.0', false, 'I110', true],
    ['I10-I15', true, 'I13.2', true],
    ['I10-I15', true, 'I16', false],
    ['I00-I99', true, 'I64', true],
  ];
  for (const [code, descendants, actual, expected] of cases)
    assert.equal(ask(has(icd10, code, descendants), condition(icd10, actual)), expected, `${code} ${actual}`);
  assert.equal(ask(has(icd10, 'I10'), condition('http://hl7.org/fhir/sid/icd-10-cm', 'I10')), false);
  assert.equal(ask(has(icd10, 'I10'), condition('urn:oid:2.16.840.1.113883.6.3', 'I10')), true);
});

test('a hierarchy that is not in the codes comes from a table of parents', () => {
  assert.equal(ask(has(snomed, '64572001'), condition(snomed, '59621000')), true);
  assert.equal(ask(has(snomed, '59621000'), condition(snomed, '64572001')), false);
  assert.equal(refusal(has(loinc, '8480-6')).code, 'not-supported');
  assert.throws(() => readParents('1,2\n3\n'), /child and its parent/);
  const circle = terminologyOf({ [snomed]: readParents('100000,200000\n200000,100000\n') });
  assert.equal(readCriteria(has(snomed, '300000'), circle, 0).holds([condition(snomed, '100000')]), false);
});

test('what is wrong with criteria is said with its place, an unknown code system by name', () => {
  const cases: [unknown, string, RegExp, string][] = [
    [has('http://nowhere.example', 'x'), 'not-supported', /http:\/\/nowhere\.example/, 'criterion'],
    [{ type: 'and', criteria: [person(), 1] }, 'not-supported', /must be one of/, 'criterion.criteria[0].type'],
    [{ type: 'or', criteria: [] }, 'invalid', /criteria must not have fewer/, 'criterion.criteria'],
    [{ type: 'not' }, 'invalid', /criterion is missing/, 'criterion.criterion'],
    [{ ...has(icd10, 'I10'), kind: 1 }, 'not-supported', /kind is not supported/, 'criterion.kind'],
    [has(icd10, 'hypertension'), 'value', /no code of ICD-10/, 'criterion'],
    [has(icd10, 'I10-I15', false), 'value', /block/, 'criterion'],
    [{ type: 'age', at: '2026-02-30', min: 18 }, 'value', /no day/, 'criterion'],
    [{ type: 'age', at: '2026-01-01', min: 18, max: 17 }, 'value', /above the greatest/, 'criterion'],
    [{ type: 'age', at: '2026-01-01' }, 'invalid', /fewer than 3/, 'criterion'],
    [{ type: 'sex', of: ['f'] }, 'invalid', /of\[0\]/, 'criterion.of[0]'],
    [
      has(icd10, 'I10', true, { period: { from: '2020-01-02', to: '2020-01-01' } }),
      'value',
      /ends before/,
      'criterion',
    ],
    [
      { type: 'observation', codes: [{ system: loinc, code: '8480-6' }], value: { min: 1, unit: 'mmHg!' } },
      'value',
      /no unit/,
      'criterion',
    ],
  ];
  for (const [criterion, code, told, place] of cases) {
    const failure = refusal(criterion);
    assert.equal(failure.code, code, failure.message);
    assert.match(failure.message, told);
    assert.equal(failure.issues[0]!.expression![0], place);
  }
  const nested = Array.from({ length: 11 }).reduce<object>(
    (criterion) => ({ type: 'not', criterion }),
    has(icd10, 'I10'),
  );
  assert.equal(refusal(nested).code, 'too-long');
});

test('what never was, or is not sure, is no event', () => {
  const refuted = {
    verificationStatus: coded('http://terminology.hl7.org/CodeSystem/condition-ver-status', 'refuted'),
  };
  assert.equal(ask(has(icd10, 'I10'), condition(icd10, 'I10', refuted)), false);
  const medication = { type: 'medication', codes: [{ system: atc, code: 'C09', descendants: true }] };
  const order = {
    resourceType: 'MedicationRequest',
    status: 'active',
    medicationCodeableConcept: coded(atc, 'C09AA03'),
  };
  assert.equal(ask(medication, order), true);
  assert.equal(ask(medication, { ...order, doNotPerform: true }), false);
  assert.equal(ask(medication, { ...order, status: 'entered-in-error' }), false);
  const procedure = { type: 'procedure', codes: [{ system: snomed, code: '428191000124101' }] };
  const done = { resourceType: 'Procedure', status: 'completed', code: coded(snomed, '428191000124101') };
  assert.equal(ask(procedure, done), true);
  assert.equal(ask(procedure, { ...done, status: 'not-done' }), false);
});

test('a medication is found by reference, in the record and contained', () => {
  const medication = { type: 'medication', codes: [{ system: atc, code: 'C09AA03' }] };
  const drug = { resourceType: 'Medication', id: 'm1', code: coded(atc, 'C09AA03') };
  const given = { resourceType: 'MedicationAdministration', status: 'completed' };
  assert.equal(ask(medication, { ...given, medicationReference: { reference: 'Medication/m1' } }, drug), true);
  assert.equal(ask(medication, { ...given, medicationReference: { reference: '#m1' }, contained: [drug] }), true);
  assert.equal(ask(medication, { ...given, medicationReference: { reference: 'Medication/m2' } }, drug), false);
});

test('a period asks whether it was then, and an imprecise date may leave that open', () => {
  const during = has(icd10, 'I10', true, { period: { from: '2020-01-01', to: '2020-12-31' } });
  const cases: [object, boolean | undefined][] = [
    [{ onsetDateTime: '2020-05-01T10:00:00Z' }, true],
    [{ onsetDateTime: '2020' }, true],
    [{ onsetDateTime: '2021-01-01' }, false],
    [{ onsetDateTime: '2015', abatementDateTime: '2019-12-31' }, false],
    [{ onsetDateTime: '2015', abatementDateTime: '2020' }, true],
    [{ onsetDateTime: '2015' }, true],
    [{ onsetDateTime: '2015', clinicalStatus: coded('c', 'resolved') }, undefined],
    [{ recordedDate: '2020-12-31' }, true],
    [{ recordedDate: '2022-01-01' }, undefined],
    [{}, undefined],
  ];
  for (const [more, expected] of cases)
    assert.equal(ask(during, condition(icd10, 'I10', more)), expected, JSON.stringify(more));
});

const systolic = (value: object | undefined, more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: coded(loinc, '85354-9'),
  component: [{ code: coded(loinc, '8480-6'), ...(value && { valueQuantity: value }) }],
  ...more,
});
const pressure = (limits: object) => ({
  type: 'observation',
  codes: [{ system: loinc, code: '8480-6' }],
  value: { unit: 'mm[Hg]', ...limits },
});

test('values are compared in the unit asked for, whatever they were measured in', () => {
  const high = pressure({ min: 140 });
  assert.equal(
    ask(high, systolic({ value: 140, unit: 'mmHg', code: 'mm[Hg]', system: 'http://unitsofmeasure.org' })),
    true,
  );
  assert.equal(ask(high, systolic({ value: 18.7, code: 'kPa' })), true);
  assert.equal(ask(high, systolic({ value: 18.6, code: 'kPa' })), false);
  assert.equal(ask(high, systolic({ value: 140, code: 'kg' })), undefined);
  assert.equal(ask(high, systolic({ value: 140, code: 'mmHg', system: 'http://units.example' })), undefined);
  assert.equal(ask(high, systolic(undefined)), false);
  assert.equal(ask(high, systolic({ value: 180, code: 'mm[Hg]' }, { status: 'entered-in-error' })), false);
});

test('a value with a comparator is in the range only where it surely is', () => {
  const below = (value: number) => systolic({ value, comparator: '<', code: 'mm[Hg]' });
  assert.equal(ask(pressure({ max: 100 }), below(100)), true);
  assert.equal(ask(pressure({ min: 100 }), below(100)), false);
  assert.equal(ask(pressure({ min: 90 }), below(100)), undefined);
});

test('age is counted in completed years; half a birth date may leave it open', () => {
  const adult = (at: string) => ({ type: 'age', at, min: 18, max: 55 });
  assert.equal(ask(adult('1988-06-14'), person()), false);
  assert.equal(ask(adult('1988-06-15'), person()), true);
  assert.equal(ask(adult('2026-06-14'), person()), true);
  assert.equal(ask(adult('2026-06-15'), person()), false);
  assert.equal(ask(adult('1988-06-15'), person({ birthDate: '1970' })), undefined);
  assert.equal(ask(adult('1989-01-01'), person({ birthDate: '1970' })), true);
  assert.equal(ask(adult('2000-01-01'), person({ birthDate: undefined })), undefined);
  assert.equal(ask(adult('2000-01-01'), person({ deceasedDateTime: '1999' })), false);
});

test('nobody joins a cohort on what the record does not tell, not even by "not"', () => {
  const female = { type: 'sex', of: ['female'] };
  assert.equal(ask({ type: 'not', criterion: female }, person({ gender: undefined })), undefined);
  assert.equal(ask({ type: 'not', criterion: female }, person({ gender: 'male' })), true);
  assert.equal(ask(female), undefined);
});

test('and, or and not obey De Morgan over what is known and what is not', () => {
  const truth = fc.constantFrom('female', 'male', undefined);
  const is = (gender: string) => ({ type: 'sex', of: [gender] });
  const not = (criterion: object) => ({ type: 'not', criterion });
  fc.assert(
    fc.property(truth, fc.boolean(), fc.boolean(), (gender, first, second) => {
      const [a, b] = [is(first ? 'female' : 'male'), is(second ? 'female' : 'male')];
      const record = person({ gender });
      const either = ask(not({ type: 'or', criteria: [a, b] }), record);
      assert.equal(either, ask({ type: 'and', criteria: [not(a), not(b)] }, record));
      assert.equal(ask(not(not(a)), record), ask(a, record));
    }),
  );
});

test('criteria say which resources they look at', () => {
  const both = { type: 'and', criteria: [has(icd10, 'I10'), { type: 'age', at: '2026-01-01', min: 18 }] };
  assert.deepEqual(readCriteria(both, terminology, 0).resourceTypes, ['Condition', 'Patient']);
});

test('adults with hypertension or prediabetes in the Synthea bundles', (t) => {
  const folder = new URL('../../../../shared/data/synthea-r4/', import.meta.url);
  if (!existsSync(folder)) return t.skip('NOT RUN: the Synthea bundles are not there');
  const either = ['38341003', '15777000'].map((code) => ({ ...has(snomed, code, false) }));
  const criteria = readCriteria(
    {
      type: 'and',
      criteria: [
        { type: 'age', at: '2020-01-01', min: 18 },
        { type: 'or', criteria: either },
      ],
    },
    terminology,
    0,
  );
  let [found, naive] = [0, 0];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.gz'))) {
    const text = gunzipSync(readFileSync(new URL(file, folder))).toString();
    const record: Resource[] = JSON.parse(text).entry.map(({ resource }: { resource: Resource }) => resource);
    const patient = record.find(({ resourceType }) => resourceType === 'Patient')!;
    const alive = patient.deceasedDateTime === undefined || String(patient.deceasedDateTime) >= '2020';
    const coded = record.some(
      (each) => each.resourceType === 'Condition' && /"(38341003|15777000)"/.test(JSON.stringify(each)),
    );
    if (criteria.holds(record)) found++;
    if (coded && alive && String(patient.birthDate) <= '2002-01-01') naive++;
  }
  assert.equal(found, naive);
  assert(found > 0);
});
