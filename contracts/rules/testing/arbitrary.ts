import fc from 'fast-check';
import type { Json } from '../criteria.ts';
import type { ResourceFacts } from '../facts.ts';
import type { ConsentState, Declaration, Deployment, Question } from '../state.ts';
import { pcfPolicies } from '../state.ts';
import * as a from './given.ts';

/** Values few enough that what is generated meets. Times are days of March 2026. */
const days = ['2026-03-01', '2026-03-02', '2026-03-03T12:00:00Z', '2026-03-04'];
const labelCodes = ['N', 'R', 'V', 'L', 'PSY', 'HIV', 'SDV'];
const purposeCodes = ['TREAT', 'ETREAT', 'BTG', 'HPAYMT', 'HRESCH', 'CLINTRCH'];
const loinc = 'http://loinc.org';
const references = ['Observation/o', 'Encounter/e', 'Practitioner/anna', 'Organization/east'];
const grantees = ['Practitioner/anna', 'Practitioner/ben', 'Organization/west', 'CareTeam/team'];

const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const period = fc.record({ start: fc.constantFrom(...days), end: fc.constantFrom(...days) }, { requiredKeys: [] });
const labels = some(labelCodes).map((codes) => a.labels(...codes));
const codes = some(['1', '2']).map((of) => of.map((code) => a.concept(loinc, code)));
const types = some(['Observation', 'Condition']).map((of) =>
  of.map((code) => ({ system: 'http://hl7.org/fhir/resource-types', code })),
);
const data = fc.record({
  meaning: fc.constantFrom('instance', 'related', 'dependents', 'authoredby'),
  reference: fc.constantFrom(...references).map((reference) => ({ reference })),
});
const actions = some(['access', 'disclose']).map((of) =>
  of.map((code) => a.concept('http://terminology.hl7.org/CodeSystem/consentaction', code)),
);

/** Criteria of a provision, each there now and then; `strange` ones are not understood. */
const criteria = fc.record(
  {
    purpose: some(purposeCodes).map((of) => a.purposes(...of)),
    actor: some(grantees).map((of) => of.map(a.recipient)),
    action: actions,
    period,
    securityLabel: labels,
    class: types,
    code: codes,
    dataPeriod: period,
    data: fc.array(data, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const strange = fc.constantFrom<Json>(
  { purpose: [{ system: 'urn:nowhere', code: 'X' }] },
  { period: { end: 'soon' } },
  { modifierExtension: [{ url: 'urn:nowhere' }] },
);

/** @param kinds types of provisions that may occur */
export const provision = (kinds: readonly string[], depth = 2): fc.Arbitrary<Json> =>
  fc
    .tuple(
      fc.constantFrom(...kinds),
      fc.oneof({ weight: 4, arbitrary: fewCriteria }, { weight: 1, arbitrary: criteria }),
      fc.oneof({ weight: 20, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: strange }),
      depth > 0 ? fc.array(provision(kinds, depth - 1), { maxLength: 2 }) : fc.constant([]),
    )
    .map(([type, named, odd, inner]) => ({ type, ...named, ...odd, ...(inner.length > 0 && { provision: inner }) }));

/** A provision that names much is about nothing; most name one or two criteria. */
const fewCriteria = fc
  .tuple(criteria, fc.array(fc.nat(8), { maxLength: 2 }))
  .map(([all, kept]) => Object.fromEntries(Object.entries(all).filter((_, index) => kept.includes(index))));

const uris = [...Object.keys(pcfPolicies), 'urn:nowhere'];
export const consent: fc.Arbitrary<Json> = fc
  .tuple(provision(['permit', 'permit', 'deny']), fc.subarray(uris, { maxLength: 1 }))
  .map(([root, policies]) => a.consent(root, ...policies));
export const consents = fc.array(consent, { maxLength: 4 });

const time = fc.integer({ min: a.day('2026-02-28'), max: a.day('2026-03-06') });
export const declarations: fc.Arbitrary<Declaration[]> = fc.array(
  fc.record({ id: fc.constantFrom('g1', 'g2'), clinician: fc.constantFrom('anna', 'ben'), from: time, until: time }),
  { maxLength: 2 },
);

export const deployment: fc.Arbitrary<Deployment> = fc
  .record({
    zone: fc.constantFrom(0, 330, -300),
    basePolicy: fc.constantFrom('deny', 'break-glass-only', 'normal', 'all-normal'),
    authorReads: fc.boolean(),
    labelCeiling: fc.boolean(),
  })
  .map((some) => ({ ...a.deployment, ...some }));

/** A clinician's question, mostly; now and then a researcher's, a relative's or the patient's own. */
export const question: fc.Arbitrary<Question> = fc
  .record({
    role: fc.constantFrom('practitioner', 'practitioner', 'practitioner', 'researcher', 'patient'),
    subject: fc.constantFrom('anna', 'ben'),
    organization: fc.constantFrom('west', 'east', undefined),
    careTeams: fc.subarray(['team', 'Group/x']),
    self: fc.constantFrom('jack', 'jill', undefined),
    mandates: fc.array(fc.record({ id: fc.constant('m'), from: time, until: fc.option(time, { nil: undefined }) }), {
      maxLength: 1,
    }),
    action: fc.constantFrom('access', 'access', 'access', 'disclose'),
    purpose: fc.constantFrom('TREAT', 'TREAT', ...purposeCodes),
    at: time,
  })
  .map(({ role, subject, organization, careTeams, self, mandates, ...rest }) => ({
    ...a.question(rest),
    actor: {
      role,
      subject,
      careTeams,
      ...(organization && { organization }),
      ...(role === 'patient' && self && { patient: self }),
    },
    ...(role === 'patient' && { mandates: mandates.map(({ until, ...m }) => ({ ...m, ...(until && { until }) })) }),
  }));

export const facts: fc.Arbitrary<ResourceFacts> = fc
  .record({
    type: fc.constantFrom('Observation', 'Condition', 'Encounter'),
    id: fc.constantFrom('o', 'e'),
    authorOrganization: fc.constantFrom('west', 'east', ''),
    authors: fc.subarray(['Practitioner/anna', 'Practitioner/ben']),
    codes: fc.subarray(['1', '2', '3']).map((of) => of.map((code) => ({ system: loinc, code }))),
    labels: fc.subarray([...labelCodes, 'ETH'], { maxLength: 3 }).map((of) => a.labels(...of)),
    date: fc.constantFrom('', '2026', '2026-03-02', '2026-03-04T01:00:00+02:00'),
    references: fc.subarray(['Encounter/e', 'Observation/o']),
  })
  .map(({ date, ...rest }) => ({ ...rest, periodStart: date, periodEnd: date }));

/** A state under a deployment, with what it was made of. */
export const scene = fc.record({ consents, declarations, deployment, question }).map((made) => ({
  ...made,
  state: a.given(made.consents, made.declarations, made.deployment) as ConsentState,
}));
