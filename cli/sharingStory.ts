import { createHash } from 'node:crypto';
import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import { Failure } from '../kernel/errors.ts';
import { type Answer, bodyWith, type Client, restClient } from './client.ts';
import { trail } from './commands/trail.ts';
import { type Cast, fileObservation, once, proveEach } from './story.ts';

export interface SharingResult {
  agreement: string;
  /** Resources that were handed over, and the SHA-256 of their Bundle, hex. */
  resources: number;
  sha256: string;
  /** The ledger's transaction that authorised it. */
  transaction: string;
  /** Events of the patient's trail whose proofs were verified offline. */
  verified: number;
}

const dataClasses = ['Patient', 'Condition', 'AllergyIntolerance', 'MedicationRequest', 'Observation'];

/**
 * One hospital asks another for a patient's summary: step by step, as the patient would see it. Throws where any step
 * does not go as it must. Can be repeated: it ends with the agreement ended.
 */
export async function sharingStory(
  { server, author, reader, patient }: Omit<Cast, 'emergency'>,
  say: (line: string) => void,
): Promise<SharingResult> {
  const observation = await fileObservation(author, patient.patient);
  say(`1. ${author.organization} has your records, the newest Observation/${observation}`);

  const id = await proposed(reader, patient.patient, author.organization);
  say(`2. ${reader.organization} asks for your summary for treatment, once a day for ten days: agreement ${id}`);

  const share = () => handOver(reader, patient.patient, id);
  await refused(share);
  say('3. It tries at once and is refused: you have not agreed');

  await patient.call(`/consent/agreements/${id}/accept`, { method: 'POST' });
  say('4. You agree');

  const { body, sha256 } = verified(await share());
  const transaction = await receiptOf(patient, id, sha256);
  const resources = body.entry?.length ?? 0;
  say(
    `5. The ledger authorises it (${transaction}); ${resources} resources are handed over, receipt SHA-256 ${sha256}`,
  );

  await refused(share);
  say('6. It asks again and is refused: once a day was agreed');

  const { erase_by } = bodyWith(await patient.call(`/consent/agreements/${id}/end`, { method: 'POST' }), 'erase_by');
  await refused(share);
  say(`7. You end it; it is refused from then on, and must say by ${erase_by} that it has deleted what it got`);

  const words = { text: 'Deleted from the record system; the backups expire within a week.' };
  await reader.call(`/consent/agreements/${id}/attest`, { method: 'POST', body: words });
  say('8. It attests the deletion');

  say('9. What your access log says of it, newest first:');
  const events = await verifiedTrail(server, patient, id, say);
  say(`10. ${events} entries are proven: each is in the signed log, checked without the server's help`);
  return { agreement: id, resources, sha256, transaction, verified: events };
}

async function proposed(requester: Client, patient: string, custodian: string): Promise<string> {
  const tenDays = new Date(Date.now() + 10 * 24 * 3600_000).toISOString();
  const body = {
    patient,
    custodian,
    data_classes: dataClasses,
    until: tenDays,
    frequency: { transfers: 1, hours: 24 },
  };
  return bodyWith(await requester.call('/consent/agreements', { method: 'POST', body }), 'id').id;
}

/** Asks for the transfer that an agreement is about. */
export function handOver(recipient: Client, patient: string, agreement: string): Promise<Answer> {
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'agreement', valueString: agreement }] };
  return recipient.call(`/fhir/Patient/${patient}/$share`, { method: 'POST', body: parameters });
}

/** The Bundle whose bytes have the digest that was sent with them (RFC 9530). Throws Failure `invalid`. */
export function verified({ body, text, headers }: Answer): { body: Bundle; sha256: string } {
  const digest = createHash('sha256').update(text).digest();
  if (headers.get('content-digest') === `sha-256=:${digest.toString('base64')}:`)
    return { body, sha256: digest.toString('hex') };
  throw new Failure('invalid', 'What was handed over has another SHA-256 than the answer says.');
}

/** The ledger's transaction of the transfer with this receipt. */
async function receiptOf(client: Client, agreement: string, sha256: string): Promise<string> {
  const { transfers } = bodyWith(await client.call(`/consent/agreements/${agreement}`), 'transfers');
  const found = transfers.find((each: { receipt?: { sha256: string } }) => each.receipt?.sha256 === sha256);
  if (found) return found.ledger.transaction;
  throw new Failure('exception', 'The agreement has no receipt for what was handed over.');
}

async function refused(ask: () => Promise<unknown>): Promise<void> {
  const answer = await ask().catch((error: unknown) => error);
  if (answer instanceof Failure && answer.code === 'forbidden') return;
  if (answer instanceof Failure) throw answer;
  throw new Failure('exception', 'A transfer was answered although it must be refused.');
}

/** Proposed, refused, accepted, authorised, fulfilled, refused, ended, refused, attested; and the access. */
const happenings = 10;

async function verifiedTrail(
  server: string,
  patient: Client,
  agreement: string,
  say: (line: string) => void,
): Promise<number> {
  const vkey = String((await restClient(server).call('/log/vkey')).body).trim();
  const ofAgreement = (event: AuditEvent) =>
    JSON.stringify(event.entity ?? []).includes(agreement) || asks(event, agreement);
  const events = await once(async () => {
    const told = (await trail(patient, { count: 60 })).filter(ofAgreement);
    return told.length >= happenings ? told : undefined;
  }, 'The trail does not tell of all that happened.');
  await proveEach(patient, events, vkey, say);
  return events.length;
}

/** Whether it is the transfer's own access: its query names the agreement. */
const asks = ({ entity }: AuditEvent, agreement: string): boolean =>
  entity?.some(({ query }) => query && Buffer.from(query, 'base64').toString().includes(agreement)) ?? false;
