import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import {
  type BreakGlassCommand,
  type BreakGlassEvent,
  breakGlass,
  type Declarations,
  isRunning,
  runningOf,
} from './breakGlass.ts';

const clinician = { subject: 'evans', role: 'practitioner', organization: 'harbour' } as const;
const officer = { subject: 'gray', role: 'privacy-officer', organization: 'harbour' } as const;
const reason = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' };
const declare: BreakGlassCommand = {
  type: 'declare',
  id: 'b-1',
  reason,
  text: ' found unconscious ',
  from: 1000,
  until: 2000,
  by: clinician,
};
const review = { type: 'review', id: 'b-1', text: 'the notes say so', by: officer } as const;
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

function after(...commands: BreakGlassCommand[]): { state: Declarations; events: BreakGlassEvent[] } {
  const events: BreakGlassEvent[] = [];
  let state = breakGlass.initial;
  for (const command of commands) {
    const decided = breakGlass.decide(command, state);
    events.push(...decided);
    state = decided.reduce(breakGlass.evolve, state);
  }
  return { state, events };
}
const typesOf = (events: BreakGlassEvent[]) => events.map(({ type, version }) => `${type} ${version}`);

test('given nothing, when an emergency is declared, then it runs for its time', () => {
  const { state, events } = after(declare);
  assert.deepEqual(typesOf(events), ['BreakGlassDeclared 1']);
  const declared = state.get('b-1')!;
  assert.equal(declared.text, 'found unconscious');
  assert.deepEqual(
    [999, 1000, 1999, 2000].map((at) => isRunning(declared, at)),
    [false, true, true, false],
  );
});

test('declared twice it is the same; after its time it is a new one', () => {
  assert.deepEqual(after(declare, { ...declare, id: 'b-2', from: 1500, until: 2500 }).events.length, 1);
  const { state } = after(declare, { ...declare, id: 'b-2', from: 2000, until: 3000 });
  assert.equal(runningOf(state, 'evans', 2500)!.id, 'b-2');
  assert.equal(runningOf(state, 'somebody else', 2500), undefined);
});

test('only clinicians of an organisation declare, with a reason in code and words', () => {
  const decide = (change: object) => () => after({ ...declare, ...change } as BreakGlassCommand);
  assert.throws(decide({ by: officer }), refused('forbidden'));
  assert.throws(decide({ by: { subject: 'evans', role: 'practitioner' } }), refused('forbidden'));
  assert.throws(decide({ text: ' ' }), refused('required'));
  assert.throws(decide({ text: 'x'.repeat(1001) }), refused('value'));
  assert.throws(decide({ reason: { system: '', code: 'ETREAT' } }), refused('required'));
});

test('the clinician ends it early; the clock ends it once, at its own time', () => {
  const end = { type: 'end', id: 'b-1', at: 1500, by: clinician } as const;
  const ended = after(declare, end);
  assert.deepEqual(typesOf(ended.events), ['BreakGlassDeclared 1', 'BreakGlassEnded 2']);
  assert.equal(isRunning(ended.state.get('b-1')!, 1600), false);
  assert.equal(after(declare, end, end).events.length, 2);
  assert.throws(() => after(declare, { ...end, by: { ...clinician, subject: 'chen' } }), refused('forbidden'));
  assert.throws(() => after(end), refused('not-found'));

  const expire = { type: 'expire', id: 'b-1', by: { subject: 'service/consent', role: 'system' } } as const;
  assert.equal(after(declare, { ...expire, at: 1999 }).events.length, 1);
  const expired = after(declare, { ...expire, at: 9000 }, { ...expire, at: 9001 });
  assert.deepEqual(typesOf(expired.events), ['BreakGlassDeclared 1', 'BreakGlassEnded 2']);
  assert.equal(expired.state.get('b-1')!.endedAt, 2000);
});

test('a privacy officer of the organisation, and nobody else, reviews it once', () => {
  const justified = { ...review, verdict: 'justified', at: 1500 } as const;
  assert.deepEqual(typesOf(after(declare, justified, justified).events), [
    'BreakGlassDeclared 1',
    'BreakGlassReviewed 2',
  ]);
  assert.equal(isRunning(after(declare, justified).state.get('b-1')!, 1600), true);
  assert.throws(() => after(declare, justified, { ...justified, verdict: 'unjustified' }), refused('conflict'));
  for (const by of [clinician, { ...officer, organization: 'northgate' }, { ...officer, subject: 'evans' }]) {
    assert.throws(() => after(declare, { ...justified, by }), refused('forbidden'));
  }
});

test('an unjustified verdict ends it too', () => {
  const { state, events } = after(declare, { ...review, verdict: 'unjustified', at: 1500 });
  assert.deepEqual(typesOf(events), ['BreakGlassDeclared 1', 'BreakGlassEnded 2', 'BreakGlassReviewed 3']);
  assert.equal(isRunning(state.get('b-1')!, 1600), false);
  assert.equal(after(declare, { ...review, verdict: 'unjustified', at: 3000 }).events.length, 2);
});
