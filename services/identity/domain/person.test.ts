import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { loginForm, person, personOwner, type RegisterPerson } from './person.ts';

const by = { subject: 'service/records', role: 'system' } as const;
const password = { N: 1024, r: 8, p: 1, salt: 'c2FsdA==', hash: 'aGFzaA==' };
const patient: RegisterPerson = {
  ...{ type: 'register', login: 'Anna.Berg ', name: ' Anna Berg', role: 'patient', patient: 'p-1' },
  ...{ careTeams: [], demo: false, password, by },
};
const staff: RegisterPerson = { ...patient, role: 'practitioner', patient: undefined, organization: 'northgate' };
const decide = (command: RegisterPerson) => person.decide(command, person.initial);
const refused = (code: string, field: string) => (error: unknown) =>
  error instanceof Failure && error.code === code && error.issues[0]?.expression?.[0] === field;

test('given nothing, when a patient is registered, then login and name are in their form', () => {
  const [event] = decide(patient);
  assert.deepEqual(event, { ...patient, type: 'PersonRegistered', login: 'anna.berg', name: 'Anna Berg' });
  assert.throws(() => person.decide(patient, person.evolve(person.initial, event!)), /already registered/);
});

test('staff act for an organisation, patients for none; only patients are tied to a Patient', () => {
  assert.throws(() => decide({ ...staff, organization: undefined }), refused('required', 'organization'));
  assert.throws(() => decide({ ...staff, patient: 'p-1' }), refused('value', 'patient'));
  assert.throws(() => decide({ ...patient, organization: 'northgate' }), refused('value', 'organization'));
  assert.equal(decide({ ...staff, role: 'administrator', organization: undefined }).length, 1);
});

test('an unknown role, an empty login or name is refused', () => {
  assert.throws(() => decide({ ...patient, role: 'system' }), refused('value', 'role'));
  assert.throws(() => decide({ ...patient, login: 'a b' }), refused('required', 'login'));
  assert.throws(() => decide({ ...patient, login: '' }), refused('required', 'login'));
  assert.throws(() => decide({ ...patient, name: ' ' }), refused('required', 'name'));
});

test('a login is the same however it is typed', () => {
  assert.equal(loginForm(' JOSÉ '), loginForm('jose\u0301'));
});

test("a person's data is sealed for the patient, the organisation, or the person alone", () => {
  assert.equal(personOwner('id', patient), 'p-1');
  assert.equal(personOwner('id', { role: 'patient' }), 'person/id');
  assert.equal(personOwner('id', staff), 'organization/northgate');
  assert.equal(personOwner('id', { role: 'administrator' }), 'person/id');
});
