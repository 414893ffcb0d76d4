import { fileObservations, observation, scene } from '../scene.ts';
import { spawnBare } from './bare.ts';
import type { Bench } from './figures.ts';
import { load } from './load.ts';

const connections = 32;

/** FHIR read by id over HTTP: guarded, recorded, audited; beside the bare baseline. */
export const bench: Bench = async (report) => {
  const { platform, author, authorToken, patient, dispose } = await scene();
  const bare = await spawnBare();
  try {
    const ids = await fileObservations(author, patient.patient, 200);
    const [created] = await fileBare(bare.url);
    const baseline = await load({ url: `${bare.url}/Observation/${created}`, connections });
    const requests = ids.map((id) => ({ path: `/fhir/Observation/${id}` }));
    const headers = { authorization: `Bearer ${authorToken}`, accept: 'application/fhir+json' };
    const read = await load({ url: platform.url, connections, headers, requests });
    const context = { connections, resources: ids.length, failures: read.failures };
    report({
      figure: 'read by id over HTTP',
      value: read.rate,
      unit: 'reads/s',
      goal: { atLeast: 2000 },
      baseline: baseline.rate,
      context,
    });
    report({
      figure: 'read by id, share of the baseline',
      value: read.rate / baseline.rate,
      unit: '',
      goal: { atLeast: 0.5 },
      context,
    });
    report({ figure: 'read by id, p50', value: read.p50, unit: 'ms', baseline: baseline.p50, context });
    report({ figure: 'read by id, p99', value: read.p99, unit: 'ms', baseline: baseline.p99, context });
    report({
      figure: 'failed reads',
      value: read.failures,
      unit: 'answers',
      goal: { atMost: 0 },
      context: { ...context, total: read.total },
    });
  } finally {
    await bare.stop();
    await dispose();
  }
};

async function fileBare(url: string): Promise<string[]> {
  const response = await fetch(`${url}/Observation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(observation('bare', 1)),
  });
  return [((await response.json()) as { id: string }).id];
}
