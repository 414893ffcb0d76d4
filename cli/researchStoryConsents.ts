import type { Consent } from '@medplum/fhirtypes';
import { bodyWith } from './client.ts';
import { inTurns } from './inTurns.ts';
import type { Person } from './researchStoryPeople.ts';

/** Somebody whose consent names the study. */
export interface Participant extends Person {
  consent: string;
  /** Takes it back: at once, nobody reads by it any more. */
  withdraw(): Promise<void>;
}

const studySystem = 'urn:healthchain:study';

/** Who is willing takes part: by their own login, else with a paper that they sign and their hospital files. */
export function takePart(study: string, organization: string, people: readonly Person[]): Promise<Participant[]> {
  const willing = people.filter((each) => each.willing);
  return inTurns(willing, (person) =>
    person.login ? byLogin(person, person.login, study, organization) : onPaper(person, study, organization),
  );
}

async function byLogin(
  person: Person,
  login: NonNullable<Person['login']>,
  study: string,
  organization: string,
): Promise<Participant> {
  const body = { grantee: { organization }, purposes: [`${studySystem}|${study}`] };
  const receipt = bodyWith(await login.call('/consent/grants', { method: 'POST', body }), 'consent');
  const revoke = `/consent/grants/${receipt.consent}/revoke`;
  const withdraw = async () => {
    await login.call(revoke, { method: 'POST', body: { reason: 'I changed my mind.' } });
  };
  return { ...person, consent: receipt.consent, withdraw };
}

async function onPaper(person: Person, study: string, organization: string): Promise<Participant> {
  const { clinician, patient } = person;
  const body = signed(patient, study, organization);
  const filed: Consent = bodyWith(await clinician.call('/fhir/Consent', { method: 'POST', body }), 'id');
  const withdraw = async () => {
    await clinician.call(`/fhir/Consent/${filed.id}`, { method: 'PUT', body: { ...filed, status: 'inactive' } });
  };
  return { ...person, consent: filed.id!, withdraw };
}

const hl7 = (name: string) => `http://terminology.hl7.org/CodeSystem/${name}`;
const concept = (system: string, code: string) => ({ coding: [{ system, code }] });

/** As a hospital states it that has the signed paper: who signed, and the document itself (IHE PCF, basic). */
function signed(patient: string, study: string, organization: string): Consent {
  const words = `I take part in the study ${study}. ${organization} may use my records for it until I say otherwise.`;
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: concept(hl7('consentscope'), 'patient-privacy'),
    category: [concept('http://loinc.org', '59284-0')],
    patient: { reference: `Patient/${patient}` },
    performer: [{ reference: `Patient/${patient}` }],
    sourceAttachment: { contentType: 'text/plain', data: Buffer.from(`${words}\nsigned by hand`).toString('base64') },
    policy: [{ uri: 'https://profiles.ihe.net/ITI/PCF/Policy-basic-normal' }],
    provision: {
      type: 'permit',
      actor: [
        {
          role: concept(hl7('v3-ParticipationType'), 'IRCP'),
          reference: { reference: `Organization/${organization}` },
        },
      ],
      purpose: [{ system: studySystem, code: study }],
    },
  };
}
