import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { clinicPatients, isOfClinic } from './clinic.ts';
import { demoHistory } from './history.ts';
import { demoPatients } from './patients.ts';
import { demoPatientCount } from './seed.ts';
import { demoOrganizations, demoStaff, filingClinician } from './world.ts';

const patients = demoPatients(demoPatientCount);
const resources = (bundle: Bundle): Resource[] => bundle.entry!.map(({ resource }) => resource!);

test('the same seed gives the same people and histories, another seed others', () => {
  assert.deepEqual(demoPatients(demoPatientCount), patients);
  assert.deepEqual(patients.slice(0, 5).map(demoHistory), demoPatients(5).map(demoHistory));
  assert.notDeepEqual(demoPatients(5, 1), patients.slice(0, 5));
});

test('logins and record numbers are nobody else’s', () => {
  const logins = [...patients, ...demoStaff].map(({ login }) => login);
  const numbers = patients.map(({ resource }) => resource.identifier![0]!.value);
  for (const all of [logins, numbers]) assert.equal(new Set(all).size, all.length);
});

test('the clinics have the patients that they always have, most of them with hypertension or prediabetes', () => {
  const clinic = clinicPatients(60);
  assert.deepEqual(clinicPatients(24), clinic.slice(0, 24));
  assert.equal(clinic.filter(({ history }) => !isOfClinic(history)).length, 5);
  const numbers = [...clinic, ...patients].map(({ resource }) => resource.identifier![0]!.value);
  assert.equal(new Set(numbers).size, numbers.length);
});

test('every hospital has patients and a clinician who files their records', () => {
  for (const { id } of demoOrganizations) {
    assert.ok(patients.some(({ home }) => home === id));
    assert.equal(filingClinician(id).organization, id);
  }
});

test('histories are plausible: years of visits, nothing from the future, every reference within the bundle', () => {
  for (const patient of patients) {
    const bundle = demoHistory(patient);
    const known = new Set(bundle.entry!.map(({ fullUrl }) => fullUrl));
    const types = Map.groupBy(resources(bundle), ({ resourceType }) => resourceType);
    assert.ok(types.get('Encounter')!.length >= 5, patient.login);
    assert.ok(types.get('Observation')!.length >= 20, patient.login);
    const text = JSON.stringify(bundle);
    for (const [, reference] of text.matchAll(/"reference":"(urn:uuid:[^"]+)"/g)) assert.ok(known.has(reference));
    for (const [, year] of text.matchAll(/"(20\d\d)-\d\d-\d\d/g)) assert.ok(Number(year) <= 2025, `${year}`);
  }
  const all = new Set(patients.flatMap((patient) => resources(demoHistory(patient)).map((one) => one.resourceType)));
  for (const type of ['Condition', 'MedicationRequest', 'AllergyIntolerance', 'Immunization'] as const)
    assert.ok(all.has(type), type);
});
