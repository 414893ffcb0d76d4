import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle, Organization } from '@medplum/fhirtypes';
import { type Client, userClient } from '../cli/client.ts';
import { Failure } from '../kernel/errors.ts';
import type { Client as RpcClient, RpcTransport } from '../kernel/rpc/port.ts';
import { IdentityService } from '../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { demoHistory } from './history.ts';
import { type DemoPatient, demoPatients } from './patients.ts';
import { type DemoOrganization, demoOrganizations, demoPassword, demoStaff, filingClinician } from './world.ts';

export const demoPatientCount = 30;

/**
 * Creates the demo world through the platform's own doors: people by gRPC, records by FHIR REST as a clinician of the
 * hospital that files them. Safe to repeat after a crash in the middle: what is there is left as it is.
 */
export async function seedDemoWorld(parts: { server: string; rpc: RpcTransport; folder: string }): Promise<void> {
  const complete = join(parts.folder, 'demo-world-complete');
  if (existsSync(complete)) return;
  await seed(parts);
  await writeFile(complete, '');
}

async function seed(parts: { server: string; rpc: RpcTransport }): Promise<void> {
  const identity = parts.rpc.client(IdentityService);
  for (const { id, name } of demoOrganizations) {
    await unlessThere(identity.registerOrganization({ id, name, kind: 'hospital' }));
  }
  await Promise.all(demoStaff.map((person) => unlessThere(identity.registerPerson({ ...person, ...account }))));
  await Promise.all(demoOrganizations.map((organization) => fileHospital(parts.server, identity, organization)));
}

/** A hospital's own record and its patients', one after the other; each patient can log in once theirs are filed. */
async function fileHospital(
  server: string,
  identity: RpcClient<typeof IdentityService>,
  organization: DemoOrganization,
): Promise<void> {
  const client = userClient(server, { user: filingClinician(organization.id).login, password: demoPassword });
  await fileOrganization(client, organization);
  for (const patient of demoPatients(demoPatientCount).filter(({ home }) => home === organization.id)) {
    const { login, name } = patient;
    const id = await fileHistory(client, patient);
    await unlessThere(identity.registerPerson({ login, name, role: 'patient', patient: id, ...account }));
  }
}

const account = { password: demoPassword, demo: true };

async function unlessThere(registration: Promise<unknown>): Promise<void> {
  await registration.catch((error: unknown) => {
    if (!(error instanceof Failure && error.code === 'duplicate')) throw error;
  });
}

async function fileOrganization(client: Client, { id, name, city }: DemoOrganization): Promise<void> {
  const organization: Organization = { resourceType: 'Organization', id, active: true, name, address: [{ city }] };
  await client.call(`/fhir/Organization/${id}`, { method: 'PUT', body: organization });
}

/** Files a patient's records and resolves to the Patient id. */
async function fileHistory(client: Client, patient: DemoPatient): Promise<string> {
  const headers = { 'idempotency-key': `demo-${patient.login}` };
  const answer: Bundle = (await client.call('/fhir', { method: 'POST', body: demoHistory(patient), headers })).body;
  const location = answer.entry?.[0]?.response?.location ?? '';
  const id = /Patient\/([^/]+)/.exec(location)?.[1];
  if (!id) throw new Failure('exception', `The demo patient ${patient.login} was not filed: no Patient in the answer.`);
  return id;
}
