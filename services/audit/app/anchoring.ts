import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { bell } from '../../../kernel/bell.ts';
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

/** Batches at most that are on their way to the ledger: their anchors in flight, or waiting for a link. */
const window = 16;
const longestPause = 30_000;
/** Looks again after so many milliseconds without being woken. */
const looksEvery = 1_000;
/** Batches whose events' times are remembered while the ledger is away. */
const remembered = 1_000;

/** A batch on its way. */
interface Flight {
  batch: BatchSequenced;
  /** Once its anchor is. */
  committed?: Committed;
  landed: Promise<void>;
}

/**
 * Anchors published batches: an `anchor` transaction each as they come, several in flight; beside them one `link` after
 * the other takes in all that have been anchored meanwhile, and the fact is recorded. A ledger that is down is tried
 * again for ever, with the same transactions; one that contradicts the log ends it.
 */
export function anchoring(parts: Parts): Anchoring {
  const { log, projector, views, ledger, clock, logger, registration, retryMs } = parts;
  const over = new AbortController();
  const times = new Map<number, number[]>();
  const flights: Flight[] = [];
  const [toAnchor, toLink] = [bell(), bell()];
  let [published, anchored, size] = [0, 0, 0];
  let warned = 0;
  let running: Promise<unknown> = Promise.resolve();

  /** Submits the anchors of the batches after `next` in their order, as they are published and there is room. */
  async function anchorFrom(next: number): Promise<void> {
    await insist(register);
    while (!over.signal.aborted) {
      const limit = Math.min(window - flights.length, published - next + 1);
      const read = () => log.read('log', { from: next, limit });
      const recorded = limit > 0 ? await insist(read) : [];
      for (const { at, event } of recorded) flights.push(flight(event as BatchSequenced, at));
      next += recorded.length;
      if (recorded.length === 0) await toAnchor.heard(looksEvery);
    }
  }

  function flight(batch: BatchSequenced, at: number): Flight {
    const request = anchorRequest(batch);
    const own: Flight = { batch, landed: Promise.resolve() };
    own.landed = insist(() => submit('audit', 'anchor', request)).then((committed) => {
      own.committed = committed;
      observe(times.get(batch.batch) ?? [at]);
      times.delete(batch.batch);
      toLink.ring();
    });
    own.landed.catch(() => {}); // it is over
    return own;
  }

  /** Links what is anchored, as far as nothing is missing before it, and records it. */
  async function linkAll(): Promise<void> {
    while (!over.signal.aborted) {
      const missing = flights.findIndex(({ committed }) => !committed);
      const ready = flights.slice(0, missing < 0 ? flights.length : missing);
      const newest = ready.at(-1)?.batch;
      if (!newest) {
        await toLink.heard(looksEvery);
        continue;
      }
      await insist(() => submit('audit', 'link', { upTo: newest.batch }));
      await insist(() => record(ready.map(({ batch, committed }) => anchorOf(batch, committed!))));
      [anchored, size] = [newest.batch, sizeAfter(newest)];
      flights.splice(0, ready.length);
      toAnchor.ring();
    }
  }

  async function register(): Promise<void> {
    try {
      await submit('registry', 'registerLog', registration);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      logger.error({ err: error, origin: registration.origin }, 'the registry refuses this audit log');
    }
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
      await projector.catchUp(); // some are recorded: by an append whose outcome was unknown, or by another writer
      const newest = await newestAnchor(views);
      const missing = anchors.filter(({ batch }) => batch > (newest?.batch ?? 0));
      if (missing.length === anchors.length) throw error;
      if (missing.length > 0) await record(missing);
    }
  }

  function observe(occurred: number[]): void {
    const now = clock.now();
    for (const at of occurred) parts.observe(Math.max(0, now - at) / 1000);
  }

  const submit = (contract: 'audit' | 'registry', fn: string, request: object): Promise<Committed> =>
    ledger.submit({ contract, fn, args: [JSON.stringify(request)] });

  /** Tries until it succeeds, or until all this is over. */
  async function insist<T>(work: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (isRefusal(error)) contradicted(error);
        const wait = Math.min(retryMs * 2 ** failures, longestPause);
        if (!over.signal.aborted) warn(error, wait);
        await pause(wait, undefined, { signal: over.signal }).catch(() => {}); // its end ends the pause
        if (over.signal.aborted) throw error;
      }
    }
  }

  /** Once for all that fail together. */
  function warn(error: unknown, wait: number): void {
    if (clock.now() - warned >= looksEvery) logger.warn({ err: error, wait }, 'anchoring failed; trying again');
    warned = clock.now();
  }

  function contradicted(error: Failure): void {
    if (over.signal.aborted) return;
    logger.error({ err: error }, 'the ledger contradicts the audit log');
    parts.onProblem(`the ledger contradicts the audit log after batch ${anchored}: nothing more is anchored`);
    end();
  }

  function end(): void {
    over.abort();
    toAnchor.ring();
    toLink.ring();
  }

  return {
    async start() {
      const newest = await newestAnchor(views);
      if (newest) [anchored, size] = [newest.batch, newest.size];
      running = Promise.allSettled([anchorFrom(anchored + 1), linkAll()]);
    },
    published(batch, newest) {
      published = batch;
      if (newest && times.size < remembered) times.set(newest.batch, newest.occurred);
      toAnchor.ring();
    },
    size: () => size,
    async stop() {
      end();
      await running;
      await Promise.allSettled(flights.map(({ landed }) => landed));
    },
  };
}

const isRefusal = (error: unknown): error is Failure => error instanceof Failure && error.code === 'business-rule';

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
