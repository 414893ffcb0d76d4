import type { Bundle, Observation } from '@medplum/fhirtypes';
import { type Client, type DemoUser, demoUsers, userClient } from '../cli/client.ts';
import { login } from '../cli/oidc.ts';
import { type RunningPlatform, type SpawnOptions, spawnPlatform } from './platform.ts';

/** A platform with its demo world, and the people that tests and benches act as. */
export interface Scene<Platform extends RunningPlatform = RunningPlatform> {
  platform: Platform;
  users: DemoUser[];
  patient: DemoUser & { patient: string };
  /** Of the patient's own hospital. */
  author: Client;
  authorToken: string;
  /** A client of any demo user. */
  as(user: string): Client;
  dispose(): Promise<void>;
}

export const scene = (options: Omit<SpawnOptions, 'demo'> = {}): Promise<Scene> => sceneOn(spawnPlatform, options);

/** @param spawn starts the platform */
export async function sceneOn<Platform extends RunningPlatform>(
  spawn: (options: SpawnOptions) => Promise<Platform>,
  options: Omit<SpawnOptions, 'demo'> = {},
): Promise<Scene<Platform>> {
  const platform = await spawn({ ...options, demo: true });
  const users = await demoUsers(platform.url);
  const as = (name: string) => userClient(platform.url, users.find(({ user }) => user === name)!);
  const author = users.find(({ user }) => user === 'dr.adler')!;
  const patient = users.find(({ role }) => role === 'patient')!;
  const { accessToken } = await login({ server: platform.url, user: author.user, password: author.password });
  return {
    platform,
    users,
    patient: { ...patient, patient: patient.patient! },
    author: as('dr.adler'),
    authorToken: accessToken,
    as,
    dispose: () => platform.dispose(),
  };
}

/** A valid Observation of about a kilobyte; `n` makes it another one. */
export function observation(patient: string, n: number): Observation {
  const quantity = { value: 60 + (n % 40), unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' };
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }], text: 'Heart rate' },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: new Date(Date.UTC(2020, 0, 1 + (n % 2000))).toISOString(),
    valueQuantity: quantity,
    note: [
      { text: 'Measured at rest after five minutes of sitting, cuff on the left arm, patient calm. '.repeat(6).trim() },
    ],
  };
}

/** Files `count` observations in transactions of 200 and resolves to their ids. */
export async function fileObservations(client: Client, patient: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < count; from += 200) {
    const entry = Array.from({ length: Math.min(200, count - from) }, (_, index) => ({
      resource: observation(patient, from + index),
      request: { method: 'POST' as const, url: 'Observation' },
    }));
    const answer: Bundle = (
      await client.call('/fhir', { method: 'POST', body: { resourceType: 'Bundle', type: 'transaction', entry } })
    ).body;
    ids.push(...answer.entry!.map(({ response }) => response!.location!.match(/Observation\/([^/]+)/)![1]!));
  }
  return ids;
}
