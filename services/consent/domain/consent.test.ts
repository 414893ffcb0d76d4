import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Consent } from '@medplum/fhirtypes';
import { Failure } from '../../../kernel/errors.ts';
import { type ConsentCommand, type ConsentEvent, type Consents, consents } from './consent.ts';

const by = { subject: 'ada', role: 'patient' } as const;
const resource = { resourceType: 'Consent', status: 'active' } as Consent;
const at = Date.UTC(2026, 0, 1);
const stated = { consent: 'c-1', resource, by, at };
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;
const grant: ConsentCommand = { type: 'grant', ...stated };
const amend: ConsentCommand = { type: 'amend', ...stated };
const revoke: ConsentCommand = { type: 'revoke', ...stated, reason: 'enough' };

/** The state after the commands, and their events. */
function after(...commands: ConsentCommand[]): { state: Consents; events: ConsentEvent[] } {
  const events: ConsentEvent[] = [];
  let state = consents.initial;
  for (const command of commands) {
    for (const event of consents.decide(command, state)) {
      events.push(event);
      state = consents.evolve(state, event, events.length);
    }
  }
  return { state, events };
}

test('given nothing, when a consent is granted, then it is version 1 with its id and time', () => {
  const meta = { versionId: '1', lastUpdated: '2026-01-01T00:00:00.000Z' };
  const granted = { type: 'ConsentGranted', consent: 'c-1', resource: { ...resource, id: 'c-1', meta }, by };
  assert.deepEqual(after(grant).events, [granted]);
  assert.deepEqual(after(grant).state.get('c-1'), { status: 'active', positions: [1], by });
  assert.throws(() => after(grant, grant), refused('duplicate'));
});

test('given a consent, when it is amended and revoked, then each is a version of its own', () => {
  const { state, events } = after(grant, amend, revoke);
  assert.deepEqual(
    events.map(({ type, resource: { meta } }) => [type, meta!.versionId]),
    [
      ['ConsentGranted', '1'],
      ['ConsentAmended', '2'],
      ['ConsentRevoked', '3'],
    ],
  );
  assert.deepEqual(state.get('c-1'), { status: 'revoked', positions: [1, 2, 3], by });
});

test('given a revoked consent, then it stays revoked: revoking again is the same, amending is refused', () => {
  assert.equal(after(grant, revoke, revoke).events.length, 2);
  assert.throws(() => after(grant, revoke, amend), refused('business-rule'));
});

test('what does not exist is neither amended nor revoked; what moved is not changed by who has not seen it', () => {
  assert.throws(() => after(amend), refused('not-found'));
  assert.throws(() => after(revoke), refused('not-found'));
  assert.throws(() => after(grant, amend, { ...amend, ifMatch: 1 }), refused('precondition-failed'));
  assert.throws(() => after(grant, amend, { ...revoke, ifMatch: 1 }), refused('precondition-failed'));
  assert.equal(after(grant, amend, { ...revoke, ifMatch: 2 }).events.length, 3);
});
