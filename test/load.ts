import { randomUUID } from 'node:crypto';
import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import type { Client } from '../cli/client.ts';
import type { RunningPlatform } from './platform.ts';
import { observation, type Scene } from './scene.ts';

/** What was acknowledged under load. */
export interface Acknowledged {
  /** Request ids of answered reads. */
  reads: string[];
  /** Ids of created Observations. */
  creates: string[];
  /** What went wrong other than that nobody listened any more. */
  failures: string[];
}

/**
 * Reads of the patient's Observations `ids` and, every fourth time, creates, on `connections` kept-alive connections,
 * each one request after the other until the platform is gone.
 */
export async function loadUntilGone(scene: Scene, ids: string[], connections: number): Promise<Acknowledged> {
  const acknowledged: Acknowledged = { reads: [], creates: [], failures: [] };
  const worker = async (n: number) => {
    for (let turn = n; ; turn++) {
      try {
        await (turn % 4 === 0 ? create(scene, turn, acknowledged) : read(scene, ids[turn % ids.length]!, acknowledged));
      } catch (error) {
        const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
        if (code === 'ECONNREFUSED') return;
        acknowledged.failures.push(`${code ?? ''} ${message}`);
        if (error instanceof TypeError) return; // fetch's word for a connection that broke
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, n) => worker(n)));
  return acknowledged;
}

async function read({ platform, authorToken }: Scene, id: string, { reads }: Acknowledged): Promise<void> {
  const request = randomUUID();
  const headers = { authorization: `Bearer ${authorToken}`, 'x-request-id': request };
  await body(await fetch(`${platform.url}/fhir/Observation/${id}`, { headers }));
  reads.push(request);
}

async function create({ platform, authorToken, patient }: Scene, n: number, { creates }: Acknowledged): Promise<void> {
  const headers = { authorization: `Bearer ${authorToken}`, 'content-type': 'application/fhir+json' };
  const sent = JSON.stringify(observation(patient.patient, n));
  const answer = await body(await fetch(`${platform.url}/fhir/Observation`, { method: 'POST', headers, body: sent }));
  creates.push(answer.id);
}

async function body(response: Response): Promise<{ id: string }> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}

/** Those of the acknowledged creates that are not there. */
export async function lostCreates(client: Client, { creates }: Pick<Acknowledged, 'creates'>): Promise<string[]> {
  const lost: string[] = [];
  for (const id of creates) await client.call(`/fhir/Observation/${id}`).catch(() => lost.push(id));
  return lost;
}

/** Those of the answered reads that the patient's trail does not tell of, once audit has caught up. */
export async function unrecordedReads(
  { platform }: Scene,
  patient: Client,
  { reads }: Pick<Acknowledged, 'reads'>,
): Promise<string[]> {
  await caughtUp(platform);
  const recorded = new Set<string>();
  for (let next: string | undefined = '/fhir/AuditEvent?_count=1000'; next; ) {
    const { body }: { body: Bundle } = await patient.call(next);
    for (const { resource } of body.entry ?? []) for (const id of requestIds(resource as AuditEvent)) recorded.add(id);
    next = body.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return reads.filter((request) => !recorded.has(request));
}

/** IHE BALP: the entity of type XrequestId. */
const requestIds = ({ entity = [] }: AuditEvent): string[] =>
  entity.filter(({ type }) => type?.code === 'XrequestId').flatMap(({ what }) => what?.identifier?.value ?? []);

/** Resolves when every event is on the bus and handled by audit. */
export async function caughtUp(platform: Pick<RunningPlatform, 'metrics'>): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; ) {
    const text = await platform.metrics();
    const lags = [...text.matchAll(/^healthchain_(?:relay|bus)_lag\{[^}]*\} (\d+)/gm)].map(([, lag]) => Number(lag));
    if (lags.length > 1 && lags.every((lag) => lag === 0)) return;
    if (Date.now() > deadline) throw new Error(`audit does not catch up:\n${lags}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
