import type { Json } from '../criteria.ts';
import type { Coding, ResourceFacts } from '../facts.ts';
import { parseStatement } from '../parse.ts';
import type { ActiveConsent, Asker, ConsentState, Declaration, Deployment, Question } from '../state.ts';
import { pcfPolicies } from '../state.ts';
import * as known from '../vocabulary.ts';

/** What tests of the rules begin with: the strict deployment, a clinician of `west` who asks to treat, plain data. */
export const deployment: Deployment = {
  ...{ zone: 0, basePolicy: 'break-glass-only', policies: pcfPolicies },
  ...{ authorReads: true, labelCeiling: true, purposes: [], groups: [], fhirBase: '' },
};
export const clinician: Asker = { subject: 'anna', organization: 'west', role: 'practitioner', careTeams: [] };
export const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
export const now = day('2026-03-01');
export const question = (change: Partial<Question> = {}): Question => ({
  ...{ patient: 'jack', actor: clinician, action: 'access', purpose: 'TREAT', at: now },
  ...change,
});
export const facts = (change: Partial<ResourceFacts> = {}): ResourceFacts => ({
  ...{ type: 'Observation', id: 'o', authorOrganization: 'east', authors: [], codes: [], labels: [] },
  ...{ periodStart: '2025-06-01', periodEnd: '2025-06-01', references: [] },
  ...change,
});

/** `N`, `R`, `PSY` … as FHIR Codings. */
export const labels = (...codes: string[]): Coding[] =>
  codes.map((code) => ({ system: code.length === 1 ? known.confidentiality : known.actCode, code }));
export const purposes = (...codes: string[]): Coding[] => codes.map((code) => ({ system: known.actReason, code }));
export const recipient = (reference: string): Json => ({
  reference: { reference },
  role: { coding: [{ system: known.participationType, code: 'IRCP' }] },
});
/** Coded as a CodeableConcept. */
export const concept = (system: string, code: string): Json => ({ coding: [{ system, code }] });

/** A FHIR Consent with this provision, as far as the rules read it. */
export const consent = (provision: Json, ...policies: string[]): Json => ({
  ...(policies.length > 0 && { policy: policies.map((uri) => ({ uri })) }),
  provision,
});
export const permit = (more: Json = {}): Json => ({ type: 'permit', ...more });
export const deny = (more: Json = {}): Json => ({ type: 'deny', ...more });

/** The state of these FHIR Consents, oldest first, with the ids `c1`, `c2` …. */
export const given = (consents: Json[], declarations: Declaration[] = [], of = deployment): ConsentState => ({
  consents: consents.map((json, index) => active(json, index + 1, of)),
  declarations,
});
export const active = (json: Json, position: number, of = deployment): ActiveConsent => ({
  ...{ id: `c${position}`, version: 1, position },
  statement: parseStatement(json, of),
});
export const emergency: Declaration = { id: 'glass', clinician: 'anna', from: now - 1000, until: now + 1000 };

/** How often a property is tried; FUZZ_RUNS says more. */
export const numRuns = Number(process.env.FUZZ_RUNS ?? 1000);
