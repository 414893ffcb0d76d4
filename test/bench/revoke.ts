import { type Client, userClient } from '../../cli/client.ts';
import { Failure } from '../../kernel/errors.ts';
import { fileObservations, scene } from '../scene.ts';
import type { Bench } from './figures.ts';

const trials = 10_000;
const patientsAtOnce = 8;
const readsAfter = 4;

/**
 * Grant, read, revoke; the moment the revocation is acknowledged, reads and search pages that begin must be refused,
 * while other reads that began before are still under way. Any 200 to a request that began after the acknowledgement
 * is a stale permit.
 */
export const bench: Bench = async (report) => {
  const { platform, users, dispose } = await scene();
  try {
    const client = (user: string) => userClient(platform.url, users.find((each) => each.user === user)!);
    const reader = client('dr.chen');
    const patients = users.filter(({ patient }) => patient).slice(0, patientsAtOnce);
    const totals = { trials: 0, stale: 0 };
    const runs = patients.map(async ({ user, patient }) => {
      const [observation] = await fileObservations(client('dr.adler'), patient!, 1);
      // by its id: what the reader's own hospital wrote stays open to it
      const paths = [`/fhir/Observation/${observation}`, `/fhir/Observation?patient=${patient}&_id=${observation}`];
      while (totals.trials < trials) await trial(client(user), reader, paths, totals);
    });
    await Promise.all(runs);
    const context = { trials: totals.trials, patients: patients.length, connections: patients.length * readsAfter };
    report({ figure: 'stale permits', value: totals.stale, unit: 'answers', goal: { atMost: 0 }, context });
  } finally {
    await dispose();
  }
};

async function trial(patient: Client, reader: Client, paths: string[], totals: { trials: number; stale: number }) {
  const grant = { grantee: { organization: 'lindenhof' } };
  const { body: receipt } = await patient.call('/consent/grants', { method: 'POST', body: grant });
  const before = paths.map((path) => permitted(reader, path));
  await patient.call(`/consent/grants/${receipt.consent}/revoke`, { method: 'POST', body: {} });
  const after = Array.from({ length: readsAfter }, (_, n) => permitted(reader, paths[n % paths.length]!));
  totals.stale += (await Promise.all(after)).filter(Boolean).length;
  totals.trials += readsAfter;
  await Promise.all(before);
}

async function permitted(client: Client, path: string): Promise<boolean> {
  try {
    const { body } = await client.call(path);
    return body.resourceType !== 'Bundle' || (body.entry?.length ?? 0) > 0;
  } catch (error) {
    if (error instanceof Failure && (error.code === 'forbidden' || error.code === 'not-found')) return false;
    throw error;
  }
}
