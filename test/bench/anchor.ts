import type { Client } from '../../cli/client.ts';
import { fileObservations, scene } from '../scene.ts';
import type { Bench } from './figures.ts';

const rate = 500;
const seconds = 10;

/** Reads at 500 a second for ten seconds; for each, the time from its answer to its anchor, as its proof tells it. */
export const bench: Bench = async (report) => {
  const { platform, author, patient, dispose } = await scene();
  try {
    const ids = await fileObservations(author, patient.patient, 200);
    await steadyReads(author, ids);
    const lags = await anchorLags(platform.url);
    const context = { events_per_second: rate, seconds, events: lags.count };
    report({ figure: 'event to anchored, p99', value: lags.p99, unit: 's', goal: { atMost: 1 }, context });
    report({ figure: 'event to anchored, p50', value: lags.p50, unit: 's', context });
  } finally {
    await dispose();
  }
};

/** `rate` reads a second, in ticks of 20 ms. */
async function steadyReads(client: Client, ids: string[]): Promise<void> {
  const started = performance.now();
  const open: Promise<unknown>[] = [];
  for (let tick = 0; tick < seconds * 50; tick++) {
    for (let n = 0; n < rate / 50; n++)
      open.push(client.call(`/fhir/Observation/${ids[(tick * 10 + n) % ids.length]}`));
    const wait = started + (tick + 1) * 20 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  await Promise.all(open);
}

/** Percentiles from the histogram healthchain_anchor_seconds of /metrics: the upper bound of the bucket they fall in. */
async function anchorLags(url: string): Promise<{ p50: number; p99: number; count: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const buckets = [...text.matchAll(/^healthchain_anchor_seconds_bucket\{[^}]*le="([^"]+)"[^}]*\} (\d+)/gm)];
  const bounds = buckets.map(([, le, count]) => ({ le: Number(le === '+Inf' ? Infinity : le), count: Number(count) }));
  const total = bounds.at(-1)?.count ?? 0;
  const at = (share: number) => bounds.find(({ count }) => count >= share * total)?.le ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), count: total };
}
