import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Ids } from '../../../kernel/clock.ts';
import type { Recorded, SealedAppend, SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { BatchSequenced, LogEvent } from '../domain/event.ts';
import { commitment, emptyLog, headAfter, nextBatch } from './batch.ts';
import { groupAppends } from './groups.ts';
import type { Arrival } from './intake.ts';
import { inSlices } from './slices.ts';
import { logged } from './views.ts';

export interface Sequencer {
  /** Reads where the log ends, and brings the views up to there. */
  open(): Promise<void>;
  /** Resolves when each has an entry in the log, durable. Those that have one already are left out. */
  add(arrivals: Arrival[]): Promise<void>;
  /** The next batch need not wait for the interval's end. */
  hurry(): void;
  /** Entries that have a place, durably; and of them, those that are in the tiles. */
  sizes(): { sequenced: number; integrated: number };
  /** Sequences what waits. */
  stop(): Promise<void>;
}

interface Parts {
  log: SealedStore<LogEvent>;
  projector: Projector<LogEvent>;
  views: Views;
  keyring: Keyring;
  ids: Ids;
  /** From the begin of a batch to that of the next, milliseconds; less only where many wait. */
  interval: number;
  /**
   * Awaited when batches are durable and their tiles are there; with the newest one's number and its events' times.
   * Called again where it throws.
   */
  onGrowth(newest?: { batch: number; occurred: number[] }): Promise<void>;
  /** Told why entries get no further now, and with undefined that they do again. */
  onStall(error: unknown): void;
}

interface Waiting {
  arrivals: Arrival[];
  resolve(): void;
  reject(error: unknown): void;
}

/** With so many at once, the next batch follows at once. Consumers give at most so many of each topic at a time. */
const plenty = 500;
const saltLength = 32;
/** Milliseconds before a batch that could not be stored is tried again; doubled each time. */
const firstPause = 50;
const longestPause = 10_000;

/**
 * Gives events their places in the log. A batch is what has arrived since the one before, one atomic append; `add`
 * resolves only when the interval is over, so that the bus collects the next one's events meanwhile.
 */
export function sequencer(of: Parts): Sequencer {
  const { log, projector, views, keyring, ids, interval, onGrowth, onStall } = of;
  const stopping = new AbortController();
  let head = emptyLog;
  let sequenced = 0;
  /** The store may be ahead of the views or of `head`: an append or a view write has failed. */
  let uncertain = false;
  /** `onGrowth` has failed. */
  let untold = false;
  let waiting: Waiting[] = [];
  let hurry = new AbortController();
  let running: Promise<void> | undefined;

  async function open(): Promise<void> {
    const newest = await log.last('log');
    head = newest ? headAfter(newest.event as BatchSequenced) : emptyLog;
    sequenced = head.size;
    // after the end was read: a rival's batch that comes later is one that we are late for
    await projector.catchUp();
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      hurry = new AbortController();
      const signal = AbortSignal.any([hurry.signal, stopping.signal]);
      const rest = pause(interval, undefined, { signal }).catch(() => {}); // cut short
      const group = waiting;
      waiting = [];
      try {
        await insist(group.flatMap(({ arrivals }) => arrivals));
        if (count(group) >= plenty) hurry.abort();
        await rest;
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running = undefined;
  }

  /** Tries until it is stored, or this is stopped: the bus keeps what waits, and nothing is parked for our failure. */
  async function insist(arrivals: Arrival[]): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await sequence(arrivals);
        return onStall(undefined);
      } catch (error) {
        if (stopping.signal.aborted) throw error;
        onStall(error);
        const wait = Math.min(firstPause * 2 ** failures, longestPause);
        await pause(wait, undefined, { signal: stopping.signal }).catch(() => {}); // stopping ends the pause
      }
    }
  }

  async function sequence(arrivals: Arrival[]): Promise<void> {
    if (uncertain) await recover();
    else if (untold) await grown();
    const fresh = await withoutDuplicates(arrivals, views);
    if (fresh.length === 0) return;
    const salts = ids.bytes(fresh.length * saltLength);
    const salted = fresh.map((arrival, at) => ({
      arrival,
      salt: salts.subarray(at * saltLength, (at + 1) * saltLength),
    }));
    const next = nextBatch(head, await inSlices(salted, ({ arrival, salt }) => commitment(salt, arrival.event)));
    await append(next, await groupAppends(salted, next.batch.batch, keyring));
    const occurred = fresh.map((arrival) => arrival.occurred);
    await grown({ batch: next.batch.batch, occurred });
  }

  async function append(next: ReturnType<typeof nextBatch>, groups: SealedAppend<LogEvent>[]): Promise<void> {
    uncertain = true;
    const batch = { stream: 'log', expected: head.batch, owner: '', events: [next.batch] };
    const recorded = await log.append([batch, ...groups]);
    sequenced = next.head.size;
    for (const part of parts(recorded)) await projector.apply(part);
    uncertain = false;
    head = next.head;
  }

  async function recover(): Promise<void> {
    await open();
    uncertain = false;
    await grown();
  }

  async function grown(newest?: { batch: number; occurred: number[] }): Promise<void> {
    untold = true;
    await onGrowth(newest);
    untold = false;
  }

  return {
    open,
    add: (arrivals) =>
      new Promise((resolve, reject) => {
        waiting.push({ arrivals, resolve, reject });
        if (count(waiting) >= plenty) hurry.abort();
        running ??= run();
      }),
    hurry: () => hurry.abort(),
    sizes: () => ({ sequenced, integrated: head.size }),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** In parts of whole commits, of about so many entries: so indexing a batch does not hold up the event loop. */
const partLength = 100;

function* parts(recorded: Recorded<LogEvent>[]): Iterable<Recorded<LogEvent>[]> {
  let part: Recorded<LogEvent>[] = [];
  let length = 0;
  for (const [index, each] of recorded.entries()) {
    part.push(each);
    length += each.event.type === 'EntriesSequenced' ? each.event.entries.length : 1;
    if (length < partLength || recorded[index + 1]?.stream === each.stream) continue;
    yield part;
    [part, length] = [[], 0];
  }
  if (part.length > 0) yield part;
}

const count = (waiting: Waiting[]) => waiting.reduce((sum, { arrivals }) => sum + arrivals.length, 0);

/** Ids looked up at once. */
const lookup = 100;

async function withoutDuplicates(arrivals: Arrival[], views: Views): Promise<Arrival[]> {
  const unique = [...new Map(arrivals.map((arrival) => [arrival.id, arrival])).values()];
  const fresh: Arrival[] = [];
  for (let at = 0; at < unique.length; at += lookup) {
    const some = unique.slice(at, at + lookup);
    const known = await logged(
      views,
      some.map(({ id }) => id),
    );
    fresh.push(...some.filter(({ id }) => !known.has(id)));
    await nextTurn();
  }
  return fresh;
}
