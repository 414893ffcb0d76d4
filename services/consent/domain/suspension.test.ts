import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { type SuspensionCommand, suspension } from './suspension.ts';

const officer = { subject: 'gray', role: 'privacy-officer', organization: 'harbour' } as const;
const suspend = {
  type: 'suspend',
  clinician: 'evans',
  organization: 'harbour',
  declaration: 'b-1',
  by: officer,
} as const;
const lift = { type: 'lift', clinician: 'evans', reason: 'trained anew', by: officer } as const;
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

const after = (...commands: SuspensionCommand[]) =>
  commands.reduce(
    (state, command) => suspension.decide(command, state).reduce(suspension.evolve, state),
    suspension.initial,
  );

test('an unjustified verdict suspends once, until it is lifted, and can suspend anew', () => {
  assert.equal(after(suspend).organization, 'harbour');
  assert.deepEqual(suspension.decide(suspend, after(suspend)), []);
  assert.equal(after(suspend, lift).organization, undefined);
  assert.equal(after(suspend, lift, suspend).organization, 'harbour');
});

test('only a privacy officer of the organisation lifts it, with a reason, and not for themself', () => {
  assert.throws(() => after(lift), refused('not-found'));
  assert.throws(() => after(suspend, { ...lift, reason: ' ' }), refused('required'));
  assert.throws(() => after(suspend, { ...lift, by: { ...officer, organization: 'northgate' } }), refused('not-found'));
  assert.throws(() => after(suspend, { ...lift, by: { ...officer, role: 'practitioner' } }), refused('forbidden'));
  assert.throws(() => after(suspend, { ...lift, by: { ...officer, subject: 'evans' } }), refused('forbidden'));
});
