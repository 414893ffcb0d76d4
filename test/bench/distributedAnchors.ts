import { hash, randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import pino from 'pino';
import { systemClock } from '../../kernel/clock.ts';
import { readConfig } from '../../kernel/config.ts';
import { fabricLedger } from '../../kernel/ledger/fabric.ts';
import { fabricConfig } from '../../kernel/ledger/fabricConfig.ts';
import type { Ledger } from '../../kernel/ledger/port.ts';
import { appendLeaves, rootOf } from '../../kernel/merkle/frontier.ts';
import { leafHash } from '../../kernel/merkle/hash.ts';
import type { BenchEngines } from './distributedEngines.ts';
import { type Bench, percentile } from './figures.ts';

const seconds = 60;
const perBatch = 5_000;
/** Anchors in flight: with four p99 passes the second, and no more events come through. */
const window = 3;
const eventBytes = 512;
/** Events made in one turn of the loop. */
const slice = 250;

/** Anchoring on a real Fabric network: two organisations that both recompute every root, three orderers. */
export async function anchorFigures({ variables, atEnd }: BenchEngines, report: Parameters<Bench>[0]): Promise<void> {
  const config = readConfig(variables, fabricConfig);
  const ledger = await fabricLedger({ config, clock: systemClock, log: pino({ level: 'silent' }) });
  atEnd(() => ledger.close());
  const log = auditLog(ledger);
  const network = { organisations: 2, orderers: 3, event_bytes: eventBytes };

  const idle = await oneByOne(log);
  const alone = { ...network, batch: 1, in_flight: 1, load: load() };
  report({ figure: 'one event anchored at idle, p50', value: percentile(idle, 50), unit: 'ms', context: alone });
  report({
    ...{ figure: 'one event anchored at idle, p99', value: percentile(idle, 99), unit: 'ms', context: alone },
    goal: { atMost: 150 },
  });

  const { rate, lags, linkLags } = await sustained(log);
  const context = { ...network, batch: perBatch, in_flight: window, seconds, load: load() };
  const events = { figure: 'events anchored and linked', value: rate, unit: 'events/s', context };
  report({ ...events, goal: { atLeast: 30_000 } });
  report({ figure: 'event to anchored, p50', value: percentile(lags, 50), unit: 'ms', context });
  const anchored = { figure: 'event to anchored, p99', value: percentile(lags, 99), unit: 'ms', context };
  report({ ...anchored, goal: { atMost: 1000 } });
  report({ figure: 'event to linked, p99', value: percentile(linkLags, 99), unit: 'ms', context });
}

/** Runnable processes, averaged over the last minute: more than the cores means that others wanted them too. */
const load = () => Number(loadavg()[0]!.toFixed(1));

interface AuditLog {
  /** Makes events, and their batch. Resolves when it is made, to its number, when its events were made, and its anchoring. */
  anchor(events: number): Promise<{ batch: number; made: number[]; anchored: Promise<unknown> }>;
  link(upTo: number): Promise<void>;
}

/** A log whose tree lives here. */
function auditLog(ledger: Ledger): AuditLog {
  let [batch, size, frontier] = [0, 0, [] as Uint8Array[]];

  const salted = Buffer.alloc(32 + eventBytes, 'event');

  async function entries(events: number): Promise<{ entries: Uint8Array[]; made: number[] }> {
    const [entries, made]: [Uint8Array[], number[]] = [[], []];
    while (entries.length < events) {
      made.push(performance.now());
      const count = Math.min(slice, events - entries.length);
      const salts = randomBytes(32 * count);
      for (let n = 0; n < count; n++) {
        salts.copy(salted, 0, 32 * n);
        entries.push(hash('sha256', salted, 'buffer'));
      }
      await nextTurn();
    }
    return { entries, made };
  }

  const submit = (fn: string, request: object) =>
    ledger.submit({ contract: 'audit', fn, args: [JSON.stringify(request)] });

  return {
    async anchor(events) {
      const made = await entries(events);
      const grown = appendLeaves(frontier, size, made.entries.map(leafHash));
      const request = {
        ...{ batch: batch + 1, start: size, size: size + events },
        entries: made.entries.map(base64),
        frontier: frontier.map(base64),
        oldRoot: base64(rootOf(frontier, size)),
        newRoot: base64(grown.root),
      };
      [batch, size, frontier] = [request.batch, request.size, grown.frontier];
      return { batch, made: made.made, anchored: submit('anchor', request) };
    },
    link: async (upTo) => void (await submit('link', { upTo })),
  };
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** Milliseconds from an event to its anchor, with nothing else in flight. */
async function oneByOne(log: AuditLog): Promise<number[]> {
  const lags: number[] = [];
  for (let n = 0; n < 100; n++) {
    const { made, anchored } = await log.anchor(1);
    await anchored;
    if (n >= 20) lags.push(performance.now() - made[0]!); // after a warm-up
  }
  return lags;
}

/** As many batches as go, several in flight; one link at a time takes in all that were anchored meanwhile. */
async function sustained(log: AuditLog) {
  const [lags, linkLags]: [number[], number[]] = [[], []];
  const flying: { batch: number; made: number[]; done: Promise<void> }[] = [];
  const anchored: { batch: number; made: number[] }[] = [];
  const started = performance.now();
  let linked = 0;
  let linking: Promise<void> | undefined;

  async function link(): Promise<void> {
    for (let ready = anchored.splice(0); ready.length > 0; ready = anchored.splice(0)) {
      await log.link(ready.at(-1)!.batch);
      for (const { made } of ready) linkLags.push(...since(made));
      linked += ready.length * perBatch;
    }
    linking = undefined;
  }

  async function landed(): Promise<void> {
    const { done, ...first } = flying[0]!;
    await done;
    flying.shift();
    anchored.push(first);
    linking ??= link();
  }

  while (performance.now() - started < seconds * 1000) {
    const { batch, made, anchored } = await log.anchor(perBatch);
    flying.push({ batch, made, done: anchored.then(() => void lags.push(...since(made))) });
    if (flying.length >= window) await landed();
  }
  while (flying.length > 0) await landed();
  await linking;
  return { rate: linked / ((performance.now() - started) / 1000), lags, linkLags };
}

const since = (made: number[]) => made.map((at) => performance.now() - at);
