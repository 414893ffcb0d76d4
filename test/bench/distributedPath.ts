import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import type { Batch } from '../../contracts/audit.ts';
import { developmentCa, platformFolder, trustDomain } from '../../deploy/native/certs.ts';
import { serviceProcesses } from '../../deploy/native/services.ts';
import { systemClock as clock, randomIds as ids } from '../../kernel/clock.ts';
import { readConfig } from '../../kernel/config.ts';
import { openMongoDatabase } from '../../kernel/eventstore/mongoDatabase.ts';
import { fabricLedger } from '../../kernel/ledger/fabric.ts';
import { fabricConfig } from '../../kernel/ledger/fabricConfig.ts';
import type { RecordAccess } from '../../services/records/app/accesses.ts';
import { access, accessLog } from './distributedAccesses.ts';
import type { BenchEngines } from './distributedEngines.ts';
import { type Bench, percentile } from './figures.ts';

const seconds = 20;
/** Before the rate is taken, milliseconds: until the path is full. */
const warmUp = 2_000;
const patients = 100;
/** Events on their way at most: what is asked for follows what comes through. */
const underway = 1_000;
/** Commands in flight at most. */
const connections = 256;
/** The longest wait for the last anchors, milliseconds. */
const patience = 60_000;

const root = join(import.meta.dirname, '..', '..');

/**
 * The whole path: a command of records (an access is recorded: sealed, appended to its store on the MongoDB protocol, by
 * the service's own code in this process), relay, Kafka, and the audit service as a process of its own: sequenced,
 * integrated, published, anchored. What consent decides, and the read itself, are not part of it.
 */
export async function pathFigures(engines: BenchEngines, report: Parameters<Bench>[0]): Promise<void> {
  const log = pino({ level: 'silent' });
  await auditAlone(engines);
  const record = await accessLog(engines, trustDomain, log);
  const anchors = await anchorsSeen(engines);
  const owners = Array.from({ length: patients }, ids.uuid);
  const organization = ids.uuid();
  const command = (n: number) => record(access(owners[n % patients]!, organization));
  await Promise.all(owners.map((_, n) => command(n))); // makes everybody's keys
  await anchors.until(patients);

  const before = engineSeconds(engines);
  const { from, rate, writes } = await run(command, anchors);
  const used = engineSeconds(engines).map((each, index) => each - before[index]!);
  const lags = await lagsOf(engines, anchors.at, from);
  const context = {
    seconds,
    patients,
    connections,
    underway,
    events: lags.length,
    load: Number(loadavg()[0]!.toFixed(1)),
  };
  report({ figure: 'whole path, events anchored', value: rate, unit: 'events/s', goal: { atLeast: 1000 }, context });
  report({ figure: 'whole path, command acknowledged, p99', value: percentile(writes, 99), unit: 'ms', context });
  report({ figure: 'command to committed anchor, p50', value: percentile(lags, 50), unit: 'ms', context });
  report({
    ...{ figure: 'command to committed anchor, p99', value: percentile(lags, 99), unit: 'ms', context },
    goal: { atMost: 2000 },
  });
  for (const [index, name] of programs.entries())
    report({
      figure: `${name}, processor time an event`,
      value: (used[index]! * 1000) / lags.length,
      unit: 'ms',
      context,
    });
}

/** The key service and the audit service, each a process. */
async function auditAlone({ folder, variables, atEnd }: BenchEngines): Promise<void> {
  const services = await serviceProcesses({
    ...{ folder: platformFolder(folder), root, trustDomain, baseUrl: 'http://127.0.0.1:8080' },
    authority: developmentCa(folder, Date.now()),
    variables: { ...process.env, ...variables, LOG_LEVEL: 'warn' },
  });
  atEnd(services.stop);
  await services.start(['keys', 'audit']);
}

interface Anchors {
  /** Batch → when its anchor was seen in a block, milliseconds since the epoch. */
  at: ReadonlyMap<number, number>;
  /** Entries that are anchored. */
  entries(): number;
  until(entries: number): Promise<void>;
}

/** Listens to the ledger as anybody could. */
async function anchorsSeen({ variables, atEnd }: BenchEngines): Promise<Anchors> {
  const config = readConfig(variables, fabricConfig);
  const ledger = await fabricLedger({ config, clock, log: pino({ level: 'silent' }) });
  atEnd(() => ledger.close());
  const [at, over] = [new Map<number, number>(), new AbortController()];
  let entries = 0;
  async function listen(): Promise<void> {
    for await (const { contract, name, payload } of ledger.events(0, over.signal)) {
      if (contract !== 'audit' || name !== 'anchored') continue;
      const { batch, start, size }: Batch = JSON.parse(payload);
      if (!at.has(batch)) entries += size - start;
      at.set(batch, Date.now());
    }
  }
  const listening = listen();
  atEnd(async () => {
    over.abort();
    await listening;
  });
  return {
    at,
    entries: () => entries,
    async until(wanted) {
      const end = Date.now() + patience;
      while (entries < wanted && Date.now() < end) await pause(5);
      if (entries < wanted) throw new Error(`${entries} of ${wanted} events were anchored`);
    },
  };
}

/** Commands as fast as their events come through, for `seconds`, and then until all have. */
async function run(command: (n: number) => ReturnType<RecordAccess>, anchors: Anchors) {
  const from = Date.now();
  let steady: { at: number; entries: number } | undefined;
  const writes: number[] = [];
  const failures: unknown[] = [];
  let [issued, open] = [anchors.entries(), 0];
  async function one(n: number): Promise<void> {
    const started = performance.now();
    open += 1;
    await command(n).catch((error) => failures.push(error));
    open -= 1;
    writes.push(performance.now() - started);
  }
  while (Date.now() - from < seconds * 1000) {
    while (issued - anchors.entries() < underway && open < connections) void one(issued++);
    if (Date.now() - from >= warmUp) steady ??= { at: Date.now(), entries: anchors.entries() };
    await pause(2);
  }
  const rate = ((anchors.entries() - steady!.entries) * 1000) / (Date.now() - steady!.at);
  if (failures.length > 0) throw failures[0];
  await anchors.until(issued);
  return { from, rate, writes };
}

/** From each event's own time, when its command had been decided, to its batch's anchor; the log's index says in which batch it is. */
async function lagsOf({ variables }: BenchEngines, at: ReadonlyMap<number, number>, from: number): Promise<number[]> {
  const { client, close } = await openMongoDatabase(variables.MONGODB_URL!, 'healthchain-audit');
  const events = client.db('healthchain-audit').collection<{ sort: number; body: Buffer }>('view.events');
  const found = await events.find({}, { projection: { sort: 1, body: 1 } }).toArray();
  await close();
  return found
    .filter(({ sort }) => sort >= from)
    .map(({ sort, body }) => at.get((JSON.parse(body.toString()) as { batch: number }).batch)! - sort);
}

const programs = ['SecantusDB', 'Kafka', 'Fabric', 'records'] as const;

function engineSeconds({ processorSeconds }: BenchEngines): number[] {
  const { user, system } = process.cpuUsage();
  return [...(['mongo', 'kafka', 'fabric'] as const).map(processorSeconds), (user + system) / 1e6];
}
