import { observation, scene } from '../scene.ts';
import { spawnBare } from './bare.ts';
import type { Bench } from './figures.ts';
import { load } from './load.ts';

const connections = 32;

/** FHIR create over HTTP: validated, indexed, sealed, published; beside the bare baseline. */
export const bench: Bench = async (report) => {
  const { platform, authorToken, users, dispose } = await scene();
  const bare = await spawnBare();
  try {
    const patients = users.filter(({ patient }) => patient).map(({ patient }) => patient!);
    const bodies = patients.map((patient, n) => JSON.stringify(observation(patient, n)));
    const baseline = await load({
      url: `${bare.url}/Observation`,
      connections,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: bodies[0]!,
    });
    const headers = { authorization: `Bearer ${authorToken}`, 'content-type': 'application/fhir+json' };
    const requests = bodies.map((body) => ({ method: 'POST' as const, path: '/fhir/Observation', body }));
    const create = await load({ url: platform.url, connections, headers, requests });
    const context = { connections, bytes: bodies[0]!.length, patients: patients.length, failures: create.failures };
    report({
      figure: 'create over HTTP',
      value: create.rate,
      unit: 'creates/s',
      goal: { atLeast: 1000 },
      baseline: baseline.rate,
      context,
    });
    report({
      figure: 'create, share of the baseline',
      value: create.rate / baseline.rate,
      unit: '',
      goal: { atLeast: 0.3 },
      context,
    });
    report({ figure: 'create, p99', value: create.p99, unit: 'ms', baseline: baseline.p99, context });
    report({ figure: 'failed creates', value: create.failures, unit: 'answers', goal: { atMost: 0 }, context });
  } finally {
    await bare.stop();
    await dispose();
  }
};
