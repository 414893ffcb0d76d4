import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFhir } from './fhir.ts';
import { referencesOf } from './references.ts';
import { base, observation, patient, problems } from './testing.ts';

const { patientsOf, mayConcernPatient } = await loadFhir({ base });

test('a patient is in their own compartment alone', () => {
  assert.deepEqual(patientsOf({ ...patient, link: [{ other: { reference: 'Patient/p2' }, type: 'seealso' }] }), ['p1']);
});

test('a resource is in the compartment of whom its parameters lead to', () => {
  assert.deepEqual(patientsOf(observation), ['p1']);
  assert.deepEqual(patientsOf({ ...observation, subject: { reference: 'Patient/p1/_history/4' } }), ['p1']);
  assert.deepEqual(patientsOf({ ...observation, performer: [{ reference: 'Patient/p0' }] }), ['p0', 'p1']);
  assert.deepEqual(patientsOf({ ...observation, subject: { reference: 'Group/g' } }), []);
  assert.deepEqual(patientsOf({ ...observation, subject: { reference: '#c' } }), []);
  assert.deepEqual(patientsOf({ ...observation, focus: [{ reference: 'Patient/p9' }] }), ['p1']);
});

test('an appointment is every patient participant’s', () => {
  const participant = ['Patient/b', 'Practitioner/d', 'Patient/a', 'Patient/b'].map((reference) => ({
    actor: { reference },
  }));
  assert.deepEqual(patientsOf({ resourceType: 'Appointment', participant }), ['a', 'b']);
});

test('what is contained counts as well', () => {
  const contained = [{ resourceType: 'ServiceRequest', id: 'c', subject: { reference: 'Patient/p2' } }];
  assert.deepEqual(patientsOf({ ...observation, contained }), ['p1', 'p2']);
});

test('a type without a compartment is every patient’s that it names', () => {
  assert.deepEqual(patientsOf({ resourceType: 'Device', patient: { reference: 'Patient/p1' } }), ['p1']);
  const extension = [{ url: 'http://a.example', valueReference: { reference: 'Patient/p3' } }];
  assert.deepEqual(patientsOf({ resourceType: 'Organization', extension }), ['p3']);
  assert.deepEqual(patientsOf({ resourceType: 'Organization', name: 'Patient/p3' }), []);
});

test('a reference that was left unresolved puts nothing nowhere', () => {
  const subject = { reference: 'urn:uuid:0c7764a9-ede1-44de-9c32-8d41151a713e' };
  assert.deepEqual(
    problems(() => patientsOf({ ...observation, subject })),
    ['value Observation.subject'],
  );
});

test('types that can concern a patient', () => {
  for (const type of ['Patient', 'Observation', 'Device', 'Binary', 'Contract', 'RelatedPerson'])
    assert.equal(mayConcernPatient(type), true, type);
  for (const type of ['Organization', 'Practitioner', 'PractitionerRole', 'Location', 'Medication', 'ValueSet'])
    assert.equal(mayConcernPatient(type), false, type);
});

test('references of our own base, each once', () => {
  assert.deepEqual(referencesOf({ ...observation, basedOn: [{ reference: 'https://other.example/CarePlan/1' }] }), [
    'Patient/p1',
    'Encounter/e1',
    'Practitioner/d1',
  ]);
});
