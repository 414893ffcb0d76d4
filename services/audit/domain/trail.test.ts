import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mayRead, type Reader, visiblePatients } from './trail.ts';

const reader = (of: Partial<Reader>): Reader => ({ role: 'patient', mandates: [], ...of });
const entry = { patients: ['ada'], acting: 'west', custodian: 'east' };

test('patients read about themselves, and about those they hold a mandate for', () => {
  assert.ok(mayRead(reader({ patient: 'ada' }), entry));
  assert.ok(mayRead(reader({ patient: 'bob', mandates: ['ada'] }), entry));
  assert.equal(mayRead(reader({ patient: 'bob' }), entry), false);
});

test('providers read what their organisation did, privacy officers also what it holds', () => {
  for (const [role, organization, may] of [
    ['practitioner', 'west', true],
    ['practitioner', 'east', false],
    ['system', 'west', true],
    ['privacy-officer', 'west', true],
    ['privacy-officer', 'east', true],
    ['privacy-officer', 'north', false],
    ['researcher', 'west', false],
    ['administrator', 'west', false],
  ] as const)
    assert.equal(mayRead(reader({ role, organization }), entry), may, `${role} of ${organization}`);
});

test('who acts for no organisation reads no entry that names none', () => {
  const nobodys = { patients: [], acting: '', custodian: '' };
  fc.assert(
    fc.property(fc.constantFrom('patient', 'practitioner', 'privacy-officer', 'administrator'), (role) => {
      assert.equal(mayRead(reader({ role, patient: 'ada' }), nobodys), false);
      assert.equal(mayRead(reader({ role }), nobodys), false);
    }),
  );
});

test('staff see all patients of an entry named, a patient only themself and those they act for', () => {
  const both = { ...entry, patients: ['ada', 'bob', 'eve'] };
  assert.deepEqual(visiblePatients(reader({ role: 'practitioner', organization: 'west' }), both), both.patients);
  assert.deepEqual(visiblePatients(reader({ patient: 'ada' }), both), ['ada']);
  assert.deepEqual(visiblePatients(reader({ patient: 'ada', mandates: ['eve'] }), both), ['ada', 'eve']);
});
