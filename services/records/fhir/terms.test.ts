import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFhir } from './fhir.ts';
import { base, observation, patient } from './testing.ts';

const { termsOf } = await loadFhir({ base });
const instant = (text: string): number => Date.parse(text);

test('the terms of an observation', () => {
  const { date, _lastUpdated, ...terms } = termsOf(observation);
  const start = instant('2024-05-06T07:08:09Z');
  assert.deepEqual(date, [[start, start + 1000]]);
  assert.deepEqual(_lastUpdated, [[start + 100, start + 101]]);
  const code = ['http://loinc.org|8480-6'];
  const quantity = [[120, 120, 'http://unitsofmeasure.org', 'mm[Hg]', 'mm[Hg]']];
  assert.deepEqual(terms, {
    _id: ['o1'],
    _profile: ['http://example.org/profile'],
    ...{ code, 'combo-code': code },
    category: ['http://terminology.hl7.org/CodeSystem/observation-category|vital-signs'],
    status: ['http://hl7.org/fhir/observation-status|final'],
    ...{ patient: ['Patient/p1'], subject: ['Patient/p1'], encounter: ['Encounter/e1'] },
    ...{ performer: ['Practitioner/d1'], 'performer:identifier': ['urn:npi|N1'] },
    ...{ 'value-quantity': quantity, 'combo-value-quantity': quantity },
  });
});

test('the terms of a patient', () => {
  const { birthdate, ...terms } = termsOf(patient);
  assert.deepEqual(birthdate, [[instant('1980-02-29T00:00Z'), instant('1980-03-01T00:00Z')]]);
  const name = ['Núñez de la Peña', 'Ana', 'María'];
  assert.deepEqual(terms, {
    ...{ _id: ['p1'], active: ['|true'], deceased: ['|false'], identifier: ['urn:oid:1.2.3|MRN-7'] },
    ...{ name, phonetic: name, family: name.slice(0, 1), given: name.slice(1) },
    ...{
      telecom: ['|+1 555 0100'],
      phone: ['|+1 555 0100'],
      gender: ['http://hl7.org/fhir/administrative-gender|female'],
    },
    address: ['1 Main Street', 'Northgate', '01234', 'US'],
    ...{ 'address-city': ['Northgate'], 'address-postalcode': ['01234'], 'address-country': ['US'] },
  });
});

const terms = (resource: object, code: string) => termsOf(resource)[code];

test('choices of type, each as what it is', () => {
  const of = (value: object) => ({ resourceType: 'Observation', ...value });
  assert.deepEqual(terms(of({ valueCodeableConcept: { text: 'Positive' } }), 'value-string'), ['Positive']);
  assert.deepEqual(terms(of({ valueCodeableConcept: { coding: [{ system: 's', code: 'A' }] } }), 'value-concept'), [
    's|a',
  ]);
  assert.deepEqual(terms(of({ valueString: 'Positive' }), 'value-string'), ['Positive']);
  assert.deepEqual(terms(of({ valueDateTime: '2024' }), 'value-date'), [[instant('2024'), instant('2025')]]);
  assert.deepEqual(terms({ resourceType: 'Patient', deceasedDateTime: '2024' }, 'deceased'), ['|true']);
  assert.deepEqual(terms({ resourceType: 'Patient', deceasedBoolean: false }, 'deceased'), ['|false']);
  assert.deepEqual(terms({ resourceType: 'Patient', deceasedDateTime: '2024' }, 'death-date'), [
    [instant('2024'), instant('2025')],
  ]);
});

test('quantities with a comparator, ranges and money', () => {
  const of = (value: object) => terms({ resourceType: 'Observation', valueQuantity: value }, 'value-quantity');
  assert.deepEqual(of({ value: 5, comparator: '<' }), [[null, 5, '', '', '']]);
  assert.deepEqual(of({ value: 5, comparator: '>=', unit: 'kg' }), [[5, null, '', '', 'kg']]);
  assert.equal(of({ unit: 'kg' }), undefined);
  const range = {
    resourceType: 'Condition',
    onsetRange: { low: { value: 3, code: 'a' }, high: { value: 4, code: 'a' } },
  };
  assert.deepEqual(terms(range, 'onset-age'), [[3, 4, '', 'a', '']]);
  const invoice = { resourceType: 'Invoice', totalNet: { value: 10, currency: 'EUR' } };
  assert.deepEqual(terms(invoice, 'totalnet'), [[10, 10, 'urn:iso:std:iso:4217', 'EUR', 'EUR']]);
});

test('periods and timings', () => {
  const of = (value: object) => terms({ resourceType: 'Observation', ...value }, 'date');
  assert.deepEqual(of({ effectivePeriod: { start: '2024-02' } }), [[instant('2024-02'), null]]);
  assert.deepEqual(of({ effectivePeriod: { end: '2024-02' } }), [[null, instant('2024-03')]]);
  assert.deepEqual(of({ effectiveTiming: { event: ['2024-02-03', '2024-02-01'] } }), [
    [instant('2024-02-01'), instant('2024-02-04')],
  ]);
  assert.equal(of({ effectiveTiming: { repeat: { frequency: 1 } } }), undefined);
});

test('references: versions are cut off, contained ones left out, conditions of the expression kept', () => {
  const of = (reference: string) => terms({ resourceType: 'Observation', subject: { reference } }, 'subject');
  assert.deepEqual(of('Patient/p1/_history/2'), ['Patient/p1']);
  assert.equal(of('#c'), undefined);
  assert.deepEqual(of('https://other.example/fhir/Patient/1'), ['https://other.example/fhir/Patient/1']);
  const group = { resourceType: 'Observation', subject: { reference: 'Group/g' } };
  assert.deepEqual(termsOf(group), { subject: ['Group/g'] });
});

test('terms survive JSON', () => {
  for (const resource of [patient, observation]) {
    const found = termsOf(resource);
    assert.deepEqual(JSON.parse(JSON.stringify(found)), found);
  }
});
