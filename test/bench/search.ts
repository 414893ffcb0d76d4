import type { Client } from '../../cli/client.ts';
import { fileObservations, scene } from '../scene.ts';
import { type Bench, percentile } from './figures.ts';

const queries = [
  'code=http://loinc.org|8867-4&_count=20',
  'date=ge2022-01-01&_sort=-date&_count=20',
  'value-quantity=gt80&_count=20',
];
const resources = 1000;
/** Searches after which the code is compiled, as in a process that has served for a minute. */
const warmUp = 300;

/**
 * Search in a compartment of 1,000 resources: the first of a process; the first of a patient, in a process that has
 * served others (cold); and the following ones (warm).
 */
export const bench: Bench = async (report) => {
  const { platform, author, patient, users, dispose } = await scene();
  try {
    const other = users.find((each) => each.patient && each.patient !== patient.patient)!.patient!;
    for (const each of [patient.patient, other]) await fileObservations(author, each, resources);
    const [first, cold]: [number[], number[]] = [[], []];
    for (const query of queries) {
      await platform.stop();
      await platform.restart();
      await author.call('/fhir/metadata');
      first.push(await timed(author, other, query));
      await many(author, other, warmUp);
      cold.push(await timed(author, patient.patient, query));
    }
    const warm = await many(author, patient.patient, 300);
    const context = { resources, page: 20, queries: queries.length };
    const within = (atMost: number) => ({ atMost });
    report({ figure: 'search, warm, p50', value: percentile(warm, 50), unit: 'ms', goal: within(5), context });
    report({ figure: 'search, warm, p99', value: percentile(warm, 99), unit: 'ms', context });
    report({ figure: 'search, cold, median', value: percentile(cold, 50), unit: 'ms', goal: within(30), context });
    report({ figure: 'first search of a process, median', value: percentile(first, 50), unit: 'ms', context });
  } finally {
    await dispose();
  }
};

async function many(client: Client, patient: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) times.push(await timed(client, patient, queries[n % queries.length]!));
  return times;
}

async function timed(client: Client, patient: string, query: string): Promise<number> {
  const started = performance.now();
  await client.call(`/fhir/Observation?patient=${patient}&${query}`);
  return performance.now() - started;
}
