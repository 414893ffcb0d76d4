import type { Attachment, CodeableConcept, Consent, ConsentProvision, ConsentProvisionActor } from '@medplum/fhirtypes';
import type { Coding } from '../../../contracts/rules/facts.ts';
import { type BasePolicy, pcfPolicies } from '../../../contracts/rules/state.ts';
import {
  actReason,
  confidentiality,
  consentAction,
  participationType,
  resourceTypeSystem,
  roleSystem,
} from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import { words } from './words.ts';

/** What a patient chooses in plain terms. Times in milliseconds since the epoch; what is left out or empty is not limited. */
export interface Choices {
  /** One of organisation, practitioner and care team; a role narrows it, or stands alone. */
  grantee: { organization?: string; practitioner?: string; careTeam?: string; role?: string };
  /** v3 PurposeOfUse codes, or `system|code` of the deployment's own. Empty: TREAT. */
  purposes: readonly string[];
  /** v3 consentaction codes. Left out: every action. */
  actions?: readonly string[];
  /** In force from `from` on and before `until`. */
  from?: number;
  until?: number;
  resourceTypes: readonly string[];
  codes: readonly Coding[];
  /** Labels beyond normal confidentiality that are included; of a dissent, the labels that it is about. */
  labels: readonly Coding[];
  /** Data whose own time lies from `dataFrom` on and before `dataUntil`. */
  dataFrom?: number;
  dataUntil?: number;
  /** A dissent in the same words. */
  deny: boolean;
  /** What it is for, in the patient's words: said in the document, decided on by nothing. */
  occasion?: string;
}

/** Who chooses for whom, when, and where. */
export interface Occasion {
  patient: string;
  /** Reference of the patient, or of the person who acts for them. */
  performer: string;
  at: number;
  /** The deployment's. */
  basePolicy: BasePolicy;
  fhirBase: string;
}

const profiles = 'https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consent';

/**
 * The FHIR Consent that says what was chosen, as IHE PCF profiles it; its own words are the document that was agreed to.
 * Throws Failure `required` or `value` where the choices are not to be understood.
 */
export function consentOf(choices: Choices, { patient, performer, at, basePolicy, fhirBase }: Occasion): Consent {
  requireOrder(choices.from, choices.until, 'until', at);
  requireOrder(choices.dataFrom, choices.dataUntil, 'data_until');
  const profile = profileOf(choices);
  return {
    resourceType: 'Consent',
    ...(profile && { meta: { profile: [profiles + profile] } }),
    status: 'active',
    scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [concept('http://loinc.org', '59284-0')],
    patient: { reference: `Patient/${patient}` },
    dateTime: new Date(at).toISOString(),
    performer: [{ reference: performer }],
    organization: [{ identifier: { system: 'urn:ietf:rfc:3986', value: fhirBase } }],
    sourceAttachment: document(words(choices)),
    policy: [{ uri: policyUri(basePolicy) }],
    provision: provisionOf(choices),
  };
}

function provisionOf(choices: Choices): ConsentProvision {
  const { grantee, actions, from, until, resourceTypes, codes, labels, dataFrom, dataUntil, deny } = choices;
  const actor = actorOf(grantee, deny);
  const period = periodOf(from, until);
  const dataPeriod = periodOf(dataFrom, dataUntil);
  return {
    type: deny ? 'deny' : 'permit',
    ...(period && { period }),
    ...(actor && { actor: [actor] }),
    ...(actions && { action: actions.map((code) => concept(consentAction, code)) }),
    ...(labels.length > 0 && { securityLabel: [...(deny ? [] : [normal]), ...labels.map(plain)] }),
    purpose: purposesOf(choices).map(purpose),
    ...(resourceTypes.length > 0 && { class: resourceTypes.map((code) => ({ system: resourceTypeSystem, code })) }),
    ...(codes.length > 0 && { code: codes.map((coding) => ({ coding: [plain(coding)] })) }),
    ...(dataPeriod && { dataPeriod }),
  };
}

/** A permit that names labels still covers what is normal. */
const normal: Coding = { system: confidentiality, code: 'N' };

function actorOf(grantee: Choices['grantee'], deny: boolean): ConsentProvisionActor | undefined {
  const { organization, practitioner, careTeam, role } = grantee;
  const named = [
    organization && `Organization/${organization}`,
    practitioner && `Practitioner/${practitioner}`,
    careTeam && (careTeam.includes('/') ? careTeam : `CareTeam/${careTeam}`),
  ].filter(Boolean);
  if (named.length > 1) throw grantees('value', 'Name one organisation, person or care team; grant each on its own.');
  const [reference] = named;
  if (!reference && !role) {
    if (deny) return undefined;
    throw grantees('required', 'Say to whom: an organisation, a person, a care team or a role.');
  }
  return {
    role: role ? concept(roleSystem, role) : concept(participationType, 'IRCP'),
    reference: reference ? { reference } : { display: `every ${role}` },
  };
}

const grantees = (code: 'required' | 'value', message: string) =>
  new Failure(code, message, { expression: ['grantee'] });

export const purposesOf = ({ purposes }: Pick<Choices, 'purposes'>): readonly string[] =>
  purposes.length > 0 ? purposes : ['TREAT'];

function purpose(text: string): Coding {
  const at = text.lastIndexOf('|');
  return at < 0 ? { system: actReason, code: text } : { system: text.slice(0, at), code: text.slice(at + 1) };
}

/** FHIR's ends belong to a period: the last millisecond before ours. */
function periodOf(from: number | undefined, until: number | undefined) {
  if (from === undefined && until === undefined) return undefined;
  return {
    ...(from !== undefined && { start: new Date(from).toISOString() }),
    ...(until !== undefined && { end: new Date(until - 1).toISOString() }),
  };
}

function requireOrder(from: number | undefined, until: number | undefined, field: string, now = -Infinity): void {
  if (until === undefined || until > Math.max(from ?? -Infinity, now)) return;
  throw new Failure('value', 'It must end after it begins, and not be over already.', { expression: [field] });
}

/** PCF knows no roles of ours, actions, types or codes: a consent that uses them is a plain FHIR Consent. */
function profileOf({
  grantee,
  actions,
  resourceTypes,
  codes,
  labels,
  dataFrom,
  dataUntil,
}: Choices): string | undefined {
  if (grantee.role || actions || resourceTypes.length > 0 || codes.length > 0) return undefined;
  if (labels.length > 0) return 'Advanced';
  return (dataFrom ?? dataUntil) === undefined ? 'Basic' : 'Intermediate';
}

const policyUri = (policy: BasePolicy) => Object.keys(pcfPolicies).find((uri) => pcfPolicies[uri] === policy)!;

const document = (text: string): Attachment => ({
  contentType: 'text/plain; charset=utf-8',
  language: 'en',
  data: Buffer.from(text).toString('base64'),
  title: 'What was agreed to',
});

const concept = (system: string, code: string): CodeableConcept => ({ coding: [{ system, code }] });
const plain = ({ system, code }: Coding): Coding => ({ system, code });
