import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { type OrganizationCommand, organization } from './organization.ts';

const by = { subject: 'service/records', role: 'system' } as const;
const register = (change: Partial<OrganizationCommand> = {}): OrganizationCommand => ({
  ...{ type: 'register', id: 'northgate', name: ' Northgate Hospital ', kind: 'hospital', by },
  ...change,
});
const refused = (code: string, field?: string) => (error: unknown) =>
  error instanceof Failure && error.code === code && error.issues[0]?.expression?.[0] === field;

test('given nothing, when an organisation is registered, then it is', () => {
  const events = organization.decide(register(), organization.initial);
  assert.deepEqual(events, [{ type: 'OrganizationRegistered', name: 'Northgate Hospital', kind: 'hospital', by }]);
  assert.deepEqual(events.reduce(organization.evolve, organization.initial), {
    ...{ status: 'registered', name: 'Northgate Hospital', kind: 'hospital' },
  });
});

test('a second registration, a bad id, name or kind is refused', () => {
  const registered = organization
    .decide(register(), organization.initial)
    .reduce(organization.evolve, organization.initial);
  assert.throws(() => organization.decide(register(), registered), refused('duplicate'));
  const decide = (change: Partial<OrganizationCommand>) => () =>
    organization.decide(register(change), organization.initial);
  assert.throws(decide({ id: 'north gate' }), refused('value', 'id'));
  assert.throws(decide({ id: 'x'.repeat(65) }), refused('value', 'id'));
  assert.throws(decide({ name: ' ' }), refused('required', 'name'));
  assert.throws(decide({ name: 'a\nb' }), refused('required', 'name'));
  assert.throws(decide({ kind: 'bakery' }), refused('value', 'kind'));
});
