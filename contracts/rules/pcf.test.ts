import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { type Json, namedCriteria } from './criteria.ts';
import { type Decision, decideWithBreakGlass } from './decide.ts';
import type { ResourceFacts } from './facts.ts';
import { innermost, permits, permitsEverything, type ResidualRule } from './residual.ts';
import type { Asker, Deployment, Question } from './state.ts';
import * as a from './testing/given.ts';
import { notSensitivity } from './vocabulary.ts';

const folder = `${import.meta.dirname}/../../../shared/data/pcf`;
const here = existsSync(folder);

/** A deployment as PCF imagines it: it knows the groups and the purposes of the examples; neither of our own policies. */
const pcf: Deployment = {
  ...a.deployment,
  ...{ authorReads: false, labelCeiling: false, groups: ['Group/ex-privilegedUsers'] },
  ...{ purposes: ['http://example.org/policies/purposeOfUse|FooBar'], fhirBase: 'http://example.org/fhir' },
};
const someone: Asker = { subject: 'someone', organization: 'elsewhere', role: 'practitioner', careTeams: [] };
const practitioner = { ...someone, subject: 'ex-practitioner' };
const privileged = { ...practitioner, careTeams: ['Group/ex-privilegedUsers'] };
const researcher = { ...someone, organization: 'ex-org-researcher', role: 'researcher' };
const glass = { id: 'glass', from: 0, until: Infinity };

/** Who asks for what, and the notes whose token answers: its residual, none at all, or no token. */
interface Case {
  actor: Asker;
  purposes: string[];
  at?: number;
  token: { notes: string } | 'no residual' | 'no token';
  /** Labels beyond normal that a permit names for this actor: all that our own stricter policy lets pass. */
  named?: string[];
  emergency?: true;
}

const normalUse = ['TREAT', 'HPAYMT', 'HOPERAT'];
const normally = (token: Case['token'], more: Partial<Case> = {}): Case[] => [
  { actor: someone, purposes: normalUse, token, ...more },
  { actor: someone, purposes: ['HRESCH', 'BTG', 'PUBHLTH'], token: 'no token' },
];
const notes = (name: string) => ({ notes: name });
const normalAndRestricted = notes('advanced-normal-restricted');
const focused = (name: string, ...named: string[]): Case[] => [
  ...normally(notes('advanced-normal')),
  { actor: practitioner, purposes: normalUse, token: notes(name), named },
];

const examples: Record<string, Case[]> = {
  'consent-basic-treat': normally('no residual'),
  'consent-basic-treat-infant': normally('no residual'),
  'consent-basic-ink': normally('no residual'),
  'consent-basic-reject': [{ actor: someone, purposes: normalUse, token: 'no token' }],
  'consent-basic-research': [
    { actor: researcher, purposes: ['HRESCH'], token: 'no residual' },
    { actor: someone, purposes: [...normalUse, 'CLINTRCH'], token: 'no token' },
  ],
  'consent-expired-treat': [
    { actor: someone, purposes: normalUse, at: a.day('2022-12-31'), token: 'no residual' },
    { actor: someone, purposes: normalUse, at: a.day('2023-01-01'), token: 'no token' },
  ],
  'consent-intermediate-timeframe': normally(notes('intermediate-timeframe')),
  'consent-intermediate-not-timeframe': normally(notes('intermediate-not-timeframe')),
  'consent-intermediate-data': normally(notes('intermediate-data')),
  'consent-intermediate-not-data': normally(notes('intermediate-not-data')),
  'consent-intermediate-authoredby': normally(notes('intermediate-authoredby')),
  'consent-intermediate-not-authoredby': normally(notes('intermediate-not-authoredby')),
  'consent-intermediate-encounter': normally(notes('intermediate-encounter')),
  'consent-intermediate-not-encounter': normally(notes('intermediate-not-encounter')),
  'consent-intermediate-purpose': [
    { actor: researcher, purposes: [...pcf.purposes], token: 'no residual' },
    { actor: someone, purposes: [...pcf.purposes], token: 'no token' },
    { actor: researcher, purposes: ['HRESCH', 'HPAYMT'], token: 'no token' },
  ],
  'dissent-intermediate-break-glass': [
    { actor: practitioner, purposes: [...normalUse, 'BTG'], token: 'no token' },
    { actor: practitioner, purposes: ['TREAT', 'BTG'], token: 'no token', emergency: true },
    { actor: privileged, purposes: [...normalUse, 'BTG'], token: 'no token' },
    { actor: privileged, purposes: ['TREAT', 'BTG'], token: 'no residual', emergency: true },
  ],
  'consent-advanced-normal': normally(notes('advanced-normal')),
  'consent-advanced-normal-not-restricted': normally(notes('advanced-normal-not-restricted')),
  'consent-advanced-normal-restricted': normally(normalAndRestricted, { named: ['R'] }),
  'consent-advanced-normal-focused-restricted': focused('advanced-normal-restricted', 'R'),
  'consent-advanced-normal-focused-psy': focused('advanced-normal-focused-psy', 'PSY'),
  'consent-advanced-normal-focused-psy-or-sdv': focused('advanced-normal-focused-psy-or-sdv', 'PSY', 'SDV'),
  'consent-advanced-normal-break-glass-restricted': [
    ...normally(notes('advanced-normal')),
    { actor: privileged, purposes: ['TREAT'], token: notes('advanced-normal') },
    { actor: privileged, purposes: ['TREAT', 'BTG'], token: normalAndRestricted, named: ['R'], emergency: true },
  ],
};

/** Resources that differ in everything the examples look at. */
const resources: ResourceFacts[] = [
  ...[[], ['N'], ['L'], ['R'], ['V'], ['PSY'], ['SDV'], ['N', 'PSY'], ['R', 'SDV']].map((codes) =>
    a.facts({ id: codes.join('-'), labels: a.labels(...codes) }),
  ),
  ...['ex-weight', 'ex-weight-2', 'ex-alcoholUse', 'ex-bloodSugar'].map((id) => a.facts({ id })),
  a.facts({ type: 'Encounter', id: 'ex-encounter' }),
  a.facts({ references: ['Encounter/ex-encounter', 'Patient/ex-patient'] }),
  a.facts({ authors: ['Practitioner/ex-practitioner'] }),
  a.facts({ authors: ['Practitioner/ex-practitioner-2'] }),
  ...['2021-12-31', '2022-01-01', '2022', '2022-12-31', '2023-01-01', ''].map((date) =>
    a.facts({ periodStart: date, periodEnd: date }),
  ),
  a.facts({ periodStart: '2021-12-31', periodEnd: '2022-01-01' }),
];

/** The residual list of the token in PCF's notes, which is JSON but for commas at the end of objects. */
function residualOf(name: string): Json[] {
  const text = readFileSync(`${folder}/notes/Consent-ex-consent-${name}-notes.md`, 'utf8');
  const list = /"residual"\s*:\s*(\[[\s\S]*?\n?\s*\])\s*\n?\s*\}\s*\}\s*```/.exec(text)?.[1];
  assert.ok(list, `${name} has a residual`);
  return JSON.parse(list.replace(/,(\s*[}\]])/g, '$1'));
}

/** PCF's tokens list general rules first: the last that matches a resource speaks. */
function answeredByToken(token: Case['token'], facts: ResourceFacts): boolean {
  if (typeof token === 'string') return token === 'no residual';
  const speaking = residualOf(token.notes).findLast((each) => innermost(ruleOf(each), facts, 0).length > 0);
  return speaking?.type !== 'forbid' && speaking?.type !== 'deny';
}

function ruleOf(json: Json): ResidualRule {
  const filter = namedCriteria(json, 'residual', pcf) as Omit<ResidualRule, 'type'>;
  return { ...filter, type: json.type === 'permit' ? 'permit' : 'forbid' };
}

const read = (name: string): Json => JSON.parse(readFileSync(`${folder}/json/ex-${name}.json`, 'utf8'));

/** What each purpose of a case leads to, under these settings. */
function decided(name: string, { actor, purposes, at = a.day('2022-07-01'), emergency }: Case, of: Deployment) {
  const state = a.given([read(name)], emergency ? [{ ...glass, clinician: actor.subject }] : [], of);
  return purposes.map((purpose): [Question, Decision] => {
    const question = { patient: 'ex-patient', actor, action: 'access', purpose, at };
    return [question, decideWithBreakGlass(state, question, of)];
  });
}

const isNormal = ({ system, code }: { system: string; code: string }) =>
  notSensitivity.includes(system) || ['U', 'L', 'M', 'N'].includes(code);

suite("PCF's example consents", { skip: here ? false : 'NOT RUN: ../shared/data/pcf is not there' }, () => {
  test('each is looked at', () => {
    const consents = readdirSync(`${folder}/json`).map((file) =>
      JSON.parse(readFileSync(`${folder}/json/${file}`, 'utf8')),
    );
    const ids = consents.filter(({ resourceType }) => resourceType === 'Consent').map(({ id }) => id);
    assert.deepEqual(
      ids.sort(),
      Object.keys(examples)
        .map((name) => `ex-${name}`)
        .sort(),
    );
  });

  for (const [name, cases] of Object.entries(examples)) {
    test(`${name} leads to the token that PCF expects`, () => {
      for (const each of cases)
        for (const [{ actor, purpose }, { permit, residual }] of decided(name, each, pcf)) {
          const who = `${actor.subject} for ${purpose}${each.emergency ? ' in an emergency' : ''}`;
          assert.equal(permit, each.token !== 'no token', who);
          if (each.token === 'no residual') assert.ok(permitsEverything(residual), who);
          for (const facts of resources)
            assert.equal(
              permits(residual, facts),
              answeredByToken(each.token, facts),
              `${who}: ${JSON.stringify(facts)}`,
            );
        }
    });

    test(`${name}, under the label ceiling, lets pass what that token does and a provision names`, () => {
      for (const each of cases)
        for (const [, { residual }] of decided(name, each, { ...pcf, labelCeiling: true }))
          for (const facts of resources) {
            const named = facts.labels.every((label) => isNormal(label) || each.named?.includes(label.code));
            const expected = named && answeredByToken(each.token, facts);
            assert.equal(permits(residual, facts), expected, JSON.stringify(facts));
          }
    });
  }

  test("the infant's mother, who has a mandate, reads everything; so does the patient", () => {
    const state = a.given([read('consent-basic-treat-infant')], [], pcf);
    const of = { patient: 'ex-patient', action: 'access', purpose: 'FAMRQT', at: a.now };
    const mother = { subject: 'ex-mother', role: 'patient', careTeams: [] };
    const mandates = [{ id: 'parent', from: 0 }];
    for (const question of [
      { ...of, actor: mother, mandates },
      { ...of, actor: { ...mother, patient: 'ex-patient' } },
    ])
      assert.ok(permitsEverything(decideWithBreakGlass(state, question, pcf).residual));
    assert.equal(decideWithBreakGlass(state, { ...of, actor: mother }, pcf).permit, false);
  });
});
