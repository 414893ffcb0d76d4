import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../../contracts/rules/criteria.ts';
import { decide } from '../../../contracts/rules/decide.ts';
import { parseStatement, problemsOf } from '../../../contracts/rules/parse.ts';
import { permits } from '../../../contracts/rules/residual.ts';
import { type Deployment, pcfPolicies } from '../../../contracts/rules/state.ts';
import { actCode, confidentiality } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import { type Choices, consentOf } from './choices.ts';
import { requireConsent } from './resource.ts';

const at = Date.UTC(2026, 0, 15, 12);
const day = 86_400_000;
const deployment: Deployment = {
  ...{ zone: 60, basePolicy: 'break-glass-only', policies: pcfPolicies, authorReads: false, labelCeiling: true },
  ...{ purposes: ['urn:study|42'], groups: [], fhirBase: 'http://localhost/fhir' },
};
const occasion = { ...deployment, patient: 'p-1', performer: 'Patient/p-1', at };
const plain: Choices = {
  grantee: { organization: 'lindenhof' },
  ...{ purposes: [], resourceTypes: [], codes: [], labels: [], deny: false },
};
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

/** What the rules answer to a clinician of lindenhof, where this is the only consent. */
function decided(choices: Partial<Choices>, question: { at?: number; purpose?: string; role?: string } = {}) {
  const resource = consentOf({ ...plain, ...choices }, occasion);
  const statement = parseStatement(resource as unknown as Json, deployment);
  const actor = {
    subject: 'chen',
    organization: 'lindenhof',
    role: question.role ?? 'practitioner',
    careTeams: ['team-1'],
  };
  const state = { consents: [{ id: 'c-1', version: 1, position: 2, statement }], declarations: [] };
  const asked = {
    patient: 'p-1',
    actor,
    action: 'access',
    purpose: question.purpose ?? 'TREAT',
    at: question.at ?? at,
  };
  return decide(state, asked, deployment);
}
const facts = {
  type: 'Observation',
  id: 'o',
  authorOrganization: '',
  authors: [],
  codes: [],
  labels: [],
  periodStart: '',
  periodEnd: '',
  references: [],
};

test('plain choices decide as they say: whom, what for, how long', () => {
  assert.equal(decided({}).permit, true);
  assert.equal(decided({}, { purpose: 'HPAYMT' }).permit, false);
  assert.equal(decided({ purposes: ['HPAYMT', 'urn:study|42'] }, { purpose: 'urn:study|42' }).permit, true);
  assert.equal(decided({ grantee: { organization: 'harbour' } }).permit, false);
  assert.equal(decided({ grantee: { practitioner: 'chen' } }).permit, true);
  assert.equal(decided({ grantee: { careTeam: 'team-1' } }).permit, true);
  assert.equal(decided({ grantee: { role: 'practitioner' } }).permit, true);
  assert.equal(
    decided({ grantee: { role: 'practitioner', organization: 'lindenhof' } }, { role: 'system' }).permit,
    false,
  );
  const until = at + day;
  assert.deepEqual(
    [until - 1, until].map((now) => decided({ until }, { at: now }).permit),
    [true, false],
  );
  assert.equal(decided({ from: until }).permit, false);
  assert.equal(decided({ deny: true }).permit, false);
});

test('plain choices decide as they say: which records', () => {
  const reads = (choices: Partial<Choices>, of: object) => permits(decided(choices).residual, { ...facts, ...of });
  assert.deepEqual(
    ['Condition', 'Observation'].map((type) => reads({ resourceTypes: ['Condition'] }, { type })),
    [true, false],
  );
  const code = { system: 'http://loinc.org', code: '8867-4' };
  assert.deepEqual(
    [[code], []].map((codes) => reads({ codes: [code] }, { codes })),
    [true, false],
  );
  const psychiatric = [{ system: actCode, code: 'PSY' }];
  assert.equal(reads({}, { labels: psychiatric }), false);
  assert.equal(reads({ labels: psychiatric }, { labels: psychiatric }), true);
  assert.equal(reads({ labels: psychiatric }, {}), true);
  assert.equal(reads({ labels: psychiatric }, { labels: [{ system: confidentiality, code: 'R' }] }), false);
  const year = { dataFrom: Date.UTC(2025, 0, 1), dataUntil: Date.UTC(2026, 0, 1) };
  const dated = (time: string) => reads(year, { periodStart: time, periodEnd: time });
  assert.deepEqual([dated('2025-06-01'), dated('2024-06-01'), dated('2025')], [true, false, false]);
});

test('choices that say nothing clear are refused', () => {
  const make = (choices: Partial<Choices>) => () => consentOf({ ...plain, ...choices }, occasion);
  assert.throws(make({ grantee: {} }), refused('required'));
  assert.throws(make({ grantee: { organization: 'a', practitioner: 'b' } }), refused('value'));
  assert.throws(make({ until: at }), refused('value'));
  assert.throws(make({ from: at + 2, until: at + 1 }), refused('value'));
  assert.throws(make({ dataFrom: 2, dataUntil: 2 }), refused('value'));
});

const times = fc.option(fc.integer({ min: at + 1, max: at + 1000 * day }), { nil: undefined });
const someChoices = fc.record({
  grantee: fc.constantFrom({ organization: 'a' }, { practitioner: 'b' }, { careTeam: 'c' }, { role: 'system' }),
  purposes: fc.subarray(['TREAT', 'HRESCH', 'urn:study|42']),
  resourceTypes: fc.subarray(['Observation', 'Condition']),
  codes: fc.subarray([{ system: 'http://loinc.org', code: '1-8' }]),
  labels: fc.subarray([
    { system: actCode, code: 'HIV' },
    { system: confidentiality, code: 'R' },
  ]),
  deny: fc.boolean(),
  until: times,
});

test('every consent made of choices has the shape that is asked of others, and is understood whole', () => {
  fc.assert(
    fc.property(someChoices, ({ until, ...choices }) => {
      const resource = consentOf({ ...choices, ...(until !== undefined && { until }) }, occasion);
      assert.equal(requireConsent(JSON.parse(JSON.stringify(resource))).status, 'active');
      assert.deepEqual(problemsOf(parseStatement(resource as unknown as Json, deployment)), []);
    }),
  );
});
