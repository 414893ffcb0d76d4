import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../../../kernel/clock.ts';
import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Committed, Ledger } from '../../../kernel/ledger/port.ts';
import { encodeBase64 } from '../../../kernel/merkle/base64.ts';
import { rootOf } from '../../../kernel/merkle/frontier.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { BatchAnchored, BatchSequenced, LogEvent } from '../domain/event.ts';
import { commitmentsOf, sizeAfter } from './batch.ts';
import { newestAnchor } from './views.ts';

export interface Anchoring {
  start(): Promise<void>;
  /** Everything up to this batch is published; `newest` says when the events of the newest one happened. */
  published(batch: number, newest?: { batch: number; occurred: number[] }): void;
  /** Entries that the ledger has. */
  size(): number;
  /** Finishes the transactions in hand. */
  stop(): Promise<void>;
}

interface Parts {
  log: SealedStore<LogEvent>;
  projector: Projector<LogEvent>;
  views: Views;
  ledger: Ledger;
  clock: Clock;
  logger: Logger;
  /** Name and key of the log, for the registry. */
  registration: { origin: string; vkey: string };
  /** First pause after the ledger did not answer, milliseconds; it doubles up to half a minute. */
  retryMs: number;
  /** Seconds from an event to its anchor. */
  observe(seconds: number): void;
  onProblem(problem: string): void;
}

/** Batches in flight at most. */
const window = 8;
const longestPause = 30_000;
/** Batches whose events' times are remembered while the ledger is away. */
const remembered = 1_000;

/**
 * Anchors published batches: several `anchor` transactions in flight, then one `link`, then the fact is recorded. A
 * ledger that is down is tried again for ever, with the same transactions; one that contradicts the log ends it.
 */
export function anchoring(parts: Parts): Anchoring {
  const { log, projector, views, ledger, clock, logger, registration, retryMs } = parts;
  const stopping = new AbortController();
  const times = new Map<number, number[]>();
  let [published, anchored, size] = [0, 0, 0];
  let registered = false;
  let awake = (): void => {};
  let running = Promise.resolve();

  async function register(): Promise<void> {
    try {
      await submit('registry', 'registerLog', registration);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      logger.error({ err: error, origin: registration.origin }, 'the registry refuses this audit log');
    }
    registered = true;
  }

  /** Anchors the next batches. Resolves to false where there are none. */
  async function anchorNext(): Promise<boolean> {
    const limit = Math.min(window, published - anchored);
    if (limit <= 0) return false;
    const recorded = await log.read('log', { from: anchored + 1, limit });
    const batches = recorded.map(({ event }) => event as BatchSequenced);
    const committed = await allSettled(batches.map((batch) => submit('audit', 'anchor', anchorRequest(batch))));
    await submit('audit', 'link', { upTo: batches.at(-1)!.batch });
    await record(batches.map((batch, index) => anchorOf(batch, committed[index]!)));
    for (const { at, event } of recorded) observe(times.get((event as BatchSequenced).batch) ?? [at]);
    for (const { batch } of batches) times.delete(batch);
    return true;
  }

  async function record(anchors: BatchAnchored[]): Promise<void> {
    const appends = anchors.map((event) => ({
      ...{ stream: `anchor/${event.batch}`, expected: 0, owner: '' },
      events: [event],
    }));
    try {
      await projector.apply(await log.append(appends));
    } catch (error) {
      if (!(error instanceof WrongVersion)) throw error;
      await projector.catchUp(); // recorded already: by an append whose outcome was unknown
    }
    await reload();
  }

  async function reload(): Promise<void> {
    const newest = await newestAnchor(views);
    if (newest) [anchored, size] = [newest.batch, newest.size];
  }

  function observe(occurred: number[]): void {
    const now = clock.now();
    for (const at of occurred) parts.observe(Math.max(0, now - at) / 1000);
  }

  const submit = (contract: 'audit' | 'registry', fn: string, request: object): Promise<Committed> =>
    ledger.submit({ contract, fn, args: [JSON.stringify(request)] });

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const slept = new Promise<void>((resolve) => {
        awake = resolve;
      });
      try {
        if (!registered) await register();
        if (!(await anchorNext()) && !stopping.signal.aborted) await slept;
        failures = 0;
      } catch (error) {
        if (isRefusal(error)) return contradicted(error);
        const wait = Math.min(retryMs * 2 ** failures++, longestPause);
        logger.warn({ err: error, wait }, 'anchoring failed; trying again');
        await pause(wait, undefined, { signal: stopping.signal }).catch(() => {}); // stopping ends the pause
      }
    }
  }

  function contradicted(error: Failure): void {
    logger.error({ err: error }, 'the ledger contradicts the audit log');
    parts.onProblem(`the ledger contradicts the audit log after batch ${anchored}: nothing more is anchored`);
  }

  return {
    async start() {
      await reload();
      running = run();
    },
    published(batch, newest) {
      published = batch;
      if (newest && times.size < remembered) times.set(newest.batch, newest.occurred);
      awake();
    },
    size: () => size,
    async stop() {
      stopping.abort();
      awake();
      await running;
    },
  };
}

const isRefusal = (error: unknown): error is Failure => error instanceof Failure && error.code === 'business-rule';

/** Waits for all of them, then throws a failure of any: nothing is left in flight. */
async function allSettled<T>(promises: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** What the contract wants to know; the same for the same batch at every try. */
function anchorRequest(batch: BatchSequenced) {
  const frontier = batch.frontier.map((hash) => Buffer.from(hash, 'base64'));
  return {
    batch: batch.batch,
    start: batch.start,
    size: sizeAfter(batch),
    entries: commitmentsOf(batch).map((each) => Buffer.from(each).toString('base64')),
    frontier: batch.frontier,
    oldRoot: encodeBase64(rootOf(frontier, batch.start)),
    newRoot: batch.root,
  };
}

function anchorOf(batch: BatchSequenced, { transactionId, block }: Committed): BatchAnchored {
  return {
    type: 'BatchAnchored',
    batch: batch.batch,
    start: batch.start,
    size: sizeAfter(batch),
    root: batch.root,
    transaction: transactionId,
    block,
  };
}
