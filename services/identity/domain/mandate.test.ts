import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { inForce, type Mandate, type MandateEvent, mandate } from './mandate.ts';

const by = { subject: 'service/records', role: 'system' } as const;
const terms = { kind: 'parent', subject: 'person-1', patient: 'p-1', from: 1000, until: 2000 } as const;
const recorded: MandateEvent = { type: 'MandateRecorded', ...terms, by };
const revoked: MandateEvent = { type: 'MandateRevoked', patient: 'p-1', by };
const record = { type: 'record', ...terms, by } as const;
const state = (...events: MandateEvent[]): Mandate => events.reduce(mandate.evolve, mandate.initial);
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

test('given nothing, when a mandate is recorded, then it is in force in its period', () => {
  assert.deepEqual(mandate.decide(record, state()), [recorded]);
  const times = [999, 1000, 1999, 2000].map((now) => inForce(state(recorded), now));
  assert.deepEqual(times, [false, true, true, false]);
  const { until: _, ...open } = recorded as Extract<MandateEvent, { type: 'MandateRecorded' }>;
  assert.equal(inForce(state(open), Number.MAX_SAFE_INTEGER), true);
});

test('given a mandate, when it is revoked, then it is not in force; revoking again changes nothing', () => {
  assert.deepEqual(mandate.decide({ type: 'revoke', by }, state(recorded)), [revoked]);
  assert.equal(inForce(state(recorded, revoked), 1500), false);
  assert.deepEqual(mandate.decide({ type: 'revoke', by }, state(recorded, revoked)), []);
  assert.throws(() => mandate.decide({ type: 'revoke', by }, state()), refused('not-found'));
});

test('a mandate without subject or patient, of another kind or that ends before it begins is refused', () => {
  const decide = (change: object) => () => mandate.decide({ ...record, ...change }, state());
  assert.throws(decide({ subject: '' }), refused('required'));
  assert.throws(decide({ patient: '' }), refused('required'));
  assert.throws(decide({ kind: 'friend' }), refused('value'));
  assert.throws(decide({ until: 1000 }), refused('value'));
  assert.throws(() => mandate.decide(record, state(recorded)), refused('duplicate'));
});
