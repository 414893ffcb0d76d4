import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from './criteria.ts';
import { explain, explainWithBreakGlass } from './explain.ts';
import * as a from './testing/given.ts';

const observations = { class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }] };
const about = (consents: Json[], ...resources: ReturnType<typeof a.facts>[]) =>
  explain(a.given(consents), a.question(), { ...a.deployment, authorReads: false }, resources).steps;
const brief = (steps: ReturnType<typeof about>) =>
  steps.map(({ rule, matched, decided }) => `${rule} ${matched ? 'matched' : ''} ${decided ? 'decided' : ''}`.trim());

test('every rule looked at is there in its order, with each provision by its place, up to the one that decides', () => {
  const steps = about([
    a.consent(a.permit()),
    a.consent(a.permit({ purpose: a.purposes('TREAT'), provision: [a.deny(observations)] })),
    a.consent(
      a.deny({ actor: [a.recipient('Organization/north')], provision: [a.permit({ purpose: a.purposes('BTG') })] }),
    ),
    a.consent(a.deny({ period: { end: '2025' }, provision: [a.permit({ period: { end: '2026' } })] })),
  ]);
  assert.deepEqual(brief(steps), [
    'rule:1',
    'rule:2',
    'Consent/c4/_history/1#provision',
    'Consent/c3/_history/1#provision',
    'Consent/c3/_history/1#provision.provision[0]',
    'Consent/c2/_history/1#provision matched decided',
    'Consent/c2/_history/1#provision.provision[0] matched decided',
    'rule:4 matched',
  ]);
  assert.match(steps[2]!.reason, /not in its period/);
  assert.match(steps[3]!.reason, /somebody else/);
  assert.match(steps[6]!.reason, /denies what is of the kind Observation/);
});

test('where no consent speaks, the base policy is said to decide', () => {
  assert.deepEqual(brief(about([])), ['rule:1', 'rule:2', 'rule:3', 'rule:6 matched decided']);
});

test('a provision that cannot be understood says why', () => {
  const [, , step] = about([a.consent(a.permit({ period: { end: 'soon' } }))]);
  assert.match(step!.reason, /cannot be understood.*provision\.period/);
});

test('each resource asked about is named with the provision that speaks for it, and what that says', () => {
  const permitting = a.consent(a.permit({ provision: [a.deny(observations)] }));
  const [denied, read, labelled] = about(
    [permitting],
    a.facts(),
    a.facts({ type: 'Condition', id: 'c' }),
    a.facts({ type: 'Condition', id: 'r', labels: a.labels('R') }),
  ).slice(-3);
  assert.deepEqual(
    [denied?.rule, denied?.reason],
    ['Consent/c1/_history/1#provision.provision[0]', 'Observation/o: it is denied.'],
  );
  assert.deepEqual([read?.rule, read?.reason], ['Consent/c1/_history/1#provision', 'Condition/c: it may be read.']);
  assert.match(labelled?.reason ?? '', /^Condition\/r: its label is not named/);
  const [left] = about([a.consent(a.permit(observations))], a.facts({ type: 'Condition' })).slice(-1);
  assert.deepEqual([left?.matched, left?.reason], [false, 'Condition/o: nothing permits it.']);
});

test('in an emergency both walks are told, and what is read under it is', () => {
  const state = a.given([a.consent(a.deny({ purpose: a.purposes('TREAT') }))], [a.emergency]);
  const { decision, steps } = explainWithBreakGlass(state, a.question(), a.deployment, [a.facts()]);
  assert.equal(decision.breakGlass, 'glass');
  assert.match(steps.find(({ rule }) => rule === 'rule:7')!.reason, /emergency is declared/);
  assert.deepEqual([steps.at(-1)?.rule, steps.at(-1)?.reason], ['rule:7', 'Observation/o: it may be read.']);
});
