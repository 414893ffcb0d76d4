import { randomUUID } from 'node:crypto';
import type { AuditEvent, Bundle, Patient } from '@medplum/fhirtypes';
import { type Client, restClient } from '../../cli/client.ts';
import { login } from '../../cli/oidc.ts';
import { Failure } from '../../kernel/errors.ts';
import { IdentityService } from '../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { observation } from '../scene.ts';
import type { Replicated } from './platform.ts';

/** A patient, who files their data, and who asks for them, with tokens that any replica takes. */
export interface People {
  /** Id of the Patient. */
  id: string;
  patient: string;
  author: string;
  reader: string;
}

const password = 'replicas-password';
const account = { password, demo: true };

/** Every request of every login goes to another replica than the one before. */
export async function people({ url, rpc }: Replicated): Promise<People> {
  const identity = rpc.client(IdentityService);
  for (const [id, name] of Object.entries({ home: 'Northgate Hospital', guest: 'Lindenhof Clinic' }))
    await identity.registerOrganization({ id, name, kind: 'hospital' });
  const tokenOf = async (name: string) => (await login({ server: url, user: name, password })).accessToken;
  const staff = async (name: string, organization: string) => {
    await identity.registerPerson({ login: name, name, role: 'practitioner', organization, ...account });
    return tokenOf(name);
  };
  const [author, reader] = [await staff('author', 'home'), await staff('reader', 'guest')];
  const resource: Patient = { resourceType: 'Patient', name: [{ text: 'Ada' }] };
  const { body } = await as(url, author).call('/fhir/Patient', { method: 'POST', body: resource });
  await identity.registerPerson({ login: 'ada', name: 'Ada', role: 'patient', patient: body.id, ...account });
  return { id: body.id, author, reader, patient: await tokenOf('ada') };
}

export const as = (url: string, token: string): Client => restClient(url, async () => token);

/** Creates an Observation, again where nobody answers, until it is acknowledged; resolves to its id. */
export async function insist(client: Client, patient: string, n: number): Promise<string> {
  const request = {
    method: 'POST',
    body: observation(patient, n),
    headers: { 'idempotency-key': randomUUID() },
  };
  for (const end = Date.now() + 60_000; ; ) {
    try {
      return (await client.call('/fhir/Observation', request)).body.id;
    } catch (error) {
      const away = !(error instanceof Failure) || ['unavailable', 'timeout', 'conflict'].includes(error.code);
      if (!away || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** How often the patient's trail tells of the creation of each Observation. */
export async function creationsIn(patient: Client): Promise<Map<string, number>> {
  const told = new Map<string, number>();
  for (let next: string | undefined = '/fhir/AuditEvent?_count=50'; next; ) {
    const { body }: { body: Bundle } = await patient.call(next);
    for (const { resource } of body.entry ?? []) {
      const { action, entity = [] } = resource as AuditEvent;
      for (const { what } of action === 'C' ? entity : []) {
        const [, id] = /^Observation\/([^/]+)/.exec(what?.reference ?? '') ?? [];
        if (id) told.set(id, (told.get(id) ?? 0) + 1);
      }
    }
    next = body.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return told;
}

export async function until(what: string, holds: () => Promise<boolean>, patience = 60_000): Promise<void> {
  for (const end = Date.now() + patience; !(await holds().catch(() => false)); ) {
    if (Date.now() > end) throw new Error(`it never came true that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
