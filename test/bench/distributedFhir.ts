import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { distributedPlatform } from '../distributed.ts';
import { freePort } from '../launch.ts';
import { embeddedPlatform } from '../platform.ts';
import { fileObservations, observation, type Scene, sceneOn } from '../scene.ts';
import type { BenchEngines } from './distributedEngines.ts';
import type { Bench } from './figures.ts';
import { load } from './load.ts';

const connections = 32;
const duration = 5;
const resources = 200;
const patience = 20_000;

interface Rates {
  create: number;
  read: number;
  failures: number;
}

/** FHIR create and read over HTTP on five processes and real engines, beside the one process with its files. */
export async function fhirFigures(engines: BenchEngines, report: Parameters<Bench>[0]): Promise<void> {
  const embedded = await measured(await sceneOn(embeddedPlatform));
  Object.assign(process.env, { DATA_DIR: engines.folder, HTTP_PORT: `${await freePort()}` }); // where it is to be
  const scene = await sceneOn(distributedPlatform);
  engines.atEnd(scene.dispose);
  const [before, started] = [engines.processorSeconds('mongo'), performance.now()];
  const distributed = await measured(scene);
  const busy = ((engines.processorSeconds('mongo') - before) * 1000) / (performance.now() - started);
  tell(report, { embedded, distributed, busy });
}

/** @param measures.busy processors that the database kept busy under the distributed load */
function tell(report: Parameters<Bench>[0], measures: { embedded: Rates; distributed: Rates; busy: number }): void {
  const { embedded, distributed, busy } = measures;
  const context = {
    connections,
    duration,
    resources,
    failures: distributed.failures,
    load: Number(loadavg()[0]!.toFixed(1)),
  };
  for (const each of ['create', 'read'] as const) {
    const rates = { embedded: Math.round(embedded[each]), distributed: Math.round(distributed[each]) };
    report({ figure: `FHIR ${each} on MongoDB's protocol`, value: distributed[each], unit: `${each}s/s`, context });
    report({ figure: `FHIR ${each} on the embedded store`, value: embedded[each], unit: `${each}s/s`, context });
    const ratio = distributed[each] / embedded[each];
    report({
      figure: `FHIR ${each}, share of the embedded store`,
      value: ratio,
      unit: '',
      context: { ...context, ...rates },
    });
  }
  const { failures } = distributed;
  report({
    figure: 'failed FHIR requests on five processes',
    value: failures,
    unit: 'answers',
    goal: { atMost: 0 },
    context,
  });
  report({ figure: 'processors that SecantusDB kept busy meanwhile', value: busy, unit: '', context });
  console.error(
    'the reason: each question and write is a round trip by TLS to another process where the embedded store is a call, each append is synced by itself and sequenced afterwards, five processes share the cores with Kafka and Fabric, and SecantusDB, which is Python and runs on one core, says nothing about the speed of MongoDB',
  );
}

/** Until what was written is anchored, so that the reads do not stand behind it, or for `patience` milliseconds. */
async function quiet(metrics: () => Promise<string>): Promise<void> {
  const lags = /^healthchain_(?:relay|anchor)_lag(?:\{[^}]*\})? ([1-9]\d*)$/m;
  for (const end = Date.now() + patience; Date.now() < end && lags.test(await metrics()); ) await pause(200);
}

async function measured({ platform, users, author, authorToken, patient, dispose }: Scene): Promise<Rates> {
  try {
    const known = users.flatMap(({ patient }) => patient ?? []);
    const bodies = known.map((about, n) => JSON.stringify(observation(about, n)));
    const authorization = `Bearer ${authorToken}`;
    const posts = bodies.map((body) => ({ method: 'POST' as const, path: '/fhir/Observation', body }));
    const json = { authorization, 'content-type': 'application/fhir+json' };
    const common = { url: platform.url, connections, duration };
    const create = await load({ ...common, headers: json, requests: posts });
    const ids = await fileObservations(author, patient.patient, resources);
    await quiet(platform.metrics);
    const gets = ids.map((id) => ({ path: `/fhir/Observation/${id}` }));
    const read = await load({ ...common, headers: { authorization, accept: 'application/fhir+json' }, requests: gets });
    return { create: create.rate, read: read.rate, failures: create.failures + read.failures };
  } finally {
    await dispose();
  }
}
