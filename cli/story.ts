import type { AuditEvent, Observation } from '@medplum/fhirtypes';
import { Failure } from '../kernel/errors.ts';
import { bodyWith, type Client, restClient } from './client.ts';
import { breakGlass } from './commands/break-glass.ts';
import { describe, trail } from './commands/trail.ts';
import { verifyProofFile } from './verify/proof.ts';

/** Who plays: clients of people of three organisations, and the patient. */
export interface Cast {
  server: string;
  /** Files the record. */
  author: Client & { organization: string };
  /** Of another organisation; reads by the patient's consent. */
  reader: Client & { organization: string };
  /** Of a third organisation; reads by break-glass. */
  emergency: Client;
  patient: Client & { patient: string };
}

export interface StoryResult {
  observation: string;
  consent: string;
  breakGlass: string;
  /** Events of the patient's trail whose proofs were verified offline. */
  verified: number;
}

/**
 * The use cases against a running platform, step by step; `say` gets each step as the patient would see it.
 * Throws where any step does not go as it must. Can be repeated: it ends with the consent revoked.
 */
export async function story(
  { server, author, reader, emergency, patient }: Cast,
  say: (line: string) => void,
): Promise<StoryResult> {
  const observation = await fileObservation(author, patient.patient);
  say(`1. The hospital files a blood pressure: Observation/${observation}`);
  const read = `/fhir/Observation/${observation}`;

  await refused(reader, read);
  say('2. Another hospital asks for it and is refused: you have not agreed');

  const grant = { grantee: { organization: reader.organization } };
  const granted = bodyWith(await patient.call('/consent/grants', { method: 'POST', body: grant }), 'consent');
  say(`3. You let ${reader.organization} read for treatment: Consent/${granted.consent}`);

  await reader.call(read);
  say('4. It reads the record');

  await patient.call(`/consent/grants/${granted.consent}/revoke`, { method: 'POST', body: {} });
  await refused(reader, read);
  say('5. You revoke; from that answer on it is refused again');

  await refused(emergency, read);
  const declared = await breakGlass(emergency, patient.patient, 'Found unconscious; history needed', 'ETREAT');
  await emergency.call(read);
  await emergency.call(`/consent/break-glass/${declared.id}/end`, { method: 'POST', body: {} });
  say(`6. An emergency department breaks the glass (${declared.id}), reads, and ends it; the privacy officer is told`);

  const verified = await verifiedTrail(server, patient, { observation, consent: granted.consent }, say);
  say(`8. ${verified} entries of your trail are proven: each is in the signed log, checked without the server's help`);
  return { observation, consent: granted.consent, breakGlass: declared.id, verified };
}

/** Files a blood pressure; resolves to its id. */
export async function fileObservation(author: Client, patient: string): Promise<string> {
  const quantity = (value: number) => ({ value, unit: 'mm[Hg]', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' });
  const loinc = (code: string, display: string) => ({ coding: [{ system: 'http://loinc.org', code, display }] });
  const observation: Observation = {
    resourceType: 'Observation',
    status: 'final',
    code: loinc('85354-9', 'Blood pressure panel with all children optional'),
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2025-11-20T09:30:00+01:00',
    component: [
      { code: loinc('8480-6', 'Systolic blood pressure'), valueQuantity: quantity(148) },
      { code: loinc('8462-4', 'Diastolic blood pressure'), valueQuantity: quantity(92) },
    ],
  };
  return bodyWith(await author.call('/fhir/Observation', { method: 'POST', body: observation }), 'id').id;
}

/** The call must be refused with `forbidden`. */
async function refused(client: Client, path: string): Promise<void> {
  const answer = await client.call(path).catch((error: unknown) => error);
  if (answer instanceof Failure && answer.code === 'forbidden') return;
  if (answer instanceof Error) throw answer;
  throw new Failure('exception', `${path} was answered although it must be refused.`);
}

interface Subject {
  observation: string;
  consent: string;
}

/** Prints the entries of the patient's trail that the story made, and verifies the proof of each; their number. */
async function verifiedTrail(server: string, patient: Client, subject: Subject, say: (line: string) => void) {
  const vkey = String((await restClient(server).call('/log/vkey')).body).trim();
  const events = await once(() => wholeTrail(patient, subject), 'The trail does not tell of all that happened.');
  say('7. Your access log, newest first:');
  await proveEach(patient, events, vkey, say);
  return events.length;
}

/** Says each event of the patient's trail once its proof is verified. @param vkey the log's verifier key */
export async function proveEach(
  patient: Client,
  events: readonly AuditEvent[],
  vkey: string,
  say: (line: string) => void,
): Promise<void> {
  for (const event of events) {
    const proof = await once(() => provenIfAnchored(patient, event), `${event.id} is not anchored.`);
    const proven = await verifyProofFile(proof, { vkey });
    if (proven.event.id !== event.id) throw new Failure('exception', `The proof of ${event.id} is of another event.`);
    say(`     ${describe(event)}`);
  }
}

/** What the story puts into the trail: a file, 5 reads of it, a grant, a revocation, a break-glass and its end. */
const happenings = 10;

/** The story's part of the trail, newest first. It is told shortly after it happened: undefined while some is missing. */
async function wholeTrail(patient: Client, { observation, consent }: Subject): Promise<AuditEvent[] | undefined> {
  const events = await trail(patient, { count: 100 });
  const subjects = [`Observation/${observation}`, `Consent/${consent}`];
  const ofStory = (event: AuditEvent) => subjects.some((subject) => concerns(event, subject));
  const since = events.findLast(ofStory)?.recorded ?? '';
  const told = events.filter((event) => ofStory(event) || (isEmergency(event) && event.recorded >= since));
  return told.length >= happenings ? told : undefined;
}

const concerns = ({ entity }: AuditEvent, subject: string) =>
  entity?.some(({ what }) => what?.reference?.split('/_history/')[0] === subject) ?? false;

/** DCM Emergency Override Started, Stopped. */
const emergency = ['110127', '110138'];
const isEmergency = ({ subtype }: AuditEvent) => subtype?.some(({ code }) => emergency.includes(code ?? '')) ?? false;

/** The proof of an event, or undefined while it is on its way into the log. */
async function provenIfAnchored(client: Client, event: AuditEvent): Promise<unknown> {
  try {
    return (await client.call(`/fhir/AuditEvent/${event.id}/$proof`)).body;
  } catch (error) {
    if (error instanceof Failure && error.code === 'unavailable') return undefined;
    throw error;
  }
}

/** Asks until there is an answer, for ten seconds at most. */
export async function once<T>(ask: () => Promise<T | undefined>, otherwise: string, attempts = 100): Promise<T> {
  const answer = await ask();
  if (answer !== undefined) return answer;
  if (attempts === 0) throw new Failure('timeout', otherwise);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return once(ask, otherwise, attempts - 1);
}
