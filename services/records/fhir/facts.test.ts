import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf } from './facts.ts';
import { observation } from './testing.ts';

const period = (resource: object) => {
  const { periodStart, periodEnd } = factsOf(resource, '');
  return [periodStart, periodEnd];
};

test('what the rules ask of an observation', () => {
  const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
  const facts = factsOf({ ...observation, meta: { security, tag: [{ system: 'a', code: 'b' }] } }, 'northgate');
  assert.deepEqual(facts, {
    ...{
      type: 'Observation',
      id: 'o1',
      authorOrganization: 'northgate',
      authors: ['Practitioner/d1'],
      labels: security,
    },
    codes: [
      { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
      { system: 'http://loinc.org', code: '8480-6' },
      { system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
    ],
    ...{ periodStart: '2024-05-06T09:08:09+02:00', periodEnd: '2024-05-06T09:08:09+02:00' },
    references: ['Patient/p1', 'Encounter/e1', 'Practitioner/d1'],
  });
});

test('codes are found wherever they stand, those without a system too', () => {
  const component = [
    { code: { coding: [{ code: 'local' }] }, valueCodeableConcept: { coding: [{ system: 's', code: 'v' }] } },
  ];
  assert.deepEqual(factsOf({ resourceType: 'Observation', component }, '').codes, [
    { system: '', code: 'local' },
    { system: 's', code: 'v' },
  ]);
});

test('authors are found inside backbone elements', () => {
  const resource = {
    recorder: { reference: 'Practitioner/a' },
    performer: [{ actor: { reference: 'Practitioner/b' }, onBehalfOf: { reference: 'Organization/c' } }],
    subject: { reference: 'Patient/p' },
  };
  assert.deepEqual(factsOf(resource, '').authors, ['Practitioner/b', 'Organization/c', 'Practitioner/a']);
});

test('the clinical time', () => {
  assert.deepEqual(period({ performedPeriod: { start: '2020', end: '2021-02' } }), ['2020', '2021-02']);
  assert.deepEqual(period({ period: { start: '2020-01-01' } }), ['2020-01-01', '']);
  assert.deepEqual(period({ onsetDateTime: '2019', recordedDate: '2021' }), ['2019', '']);
  assert.deepEqual(period({ onsetDateTime: '2019', abatementDateTime: '2020' }), ['2019', '2020']);
  assert.deepEqual(period({ onsetAge: { value: 3 }, recordedDate: '2021' }), ['', '']);
  assert.deepEqual(period({ recordedDate: '2021' }), ['2021', '2021']);
  assert.deepEqual(period({ authoredOn: '2021' }), ['2021', '2021']);
  assert.deepEqual(period({ effectiveTiming: { event: ['2021-03', '2020-01', '2020-07'] } }), ['2020-01', '2021-03']);
  assert.deepEqual(period({ effectiveTiming: { repeat: { boundsPeriod: { start: '2020' } } } }), ['2020', '']);
  assert.deepEqual(period({ effectiveTiming: { repeat: { frequency: 1 } } }), ['', '']);
  assert.deepEqual(period({ birthDate: '1980' }), ['', '']);
});
