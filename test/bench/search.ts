import type { Client } from '../../cli/client.ts';
import { fileObservations, scene } from '../scene.ts';
import { type Bench, percentile } from './figures.ts';

const queries = [
  'code=http://loinc.org|8867-4&_count=20',
  'date=ge2022-01-01&_sort=-date&_count=20',
  'value-quantity=gt80&_count=20',
];

/** Search in a compartment of 1,000 resources: cold after a restart, then warm. */
export const bench: Bench = async (report) => {
  const { platform, author, patient, dispose } = await scene();
  try {
    await fileObservations(author, patient.patient, 1000);
    const cold: number[] = [];
    for (const query of queries) {
      await platform.stop();
      await platform.restart();
      await author.call('/fhir/metadata');
      cold.push(await timed(author, patient.patient, query));
    }
    const warm: number[] = [];
    for (let n = 0; n < 300; n++) warm.push(await timed(author, patient.patient, queries[n % queries.length]!));
    const context = { resources: 1000, page: 20, queries: queries.length };
    const within = (atMost: number) => ({ atMost });
    report({ figure: 'search, warm, p50', value: percentile(warm, 50), unit: 'ms', goal: within(5), context });
    report({ figure: 'search, warm, p99', value: percentile(warm, 99), unit: 'ms', context });
    report({
      figure: 'search, cold, median of restarts',
      value: percentile(cold, 50),
      unit: 'ms',
      goal: within(30),
      context,
    });
  } finally {
    await dispose();
  }
};

async function timed(client: Client, patient: string, query: string): Promise<number> {
  const started = performance.now();
  await client.call(`/fhir/Observation?patient=${patient}&${query}`);
  return performance.now() - started;
}
