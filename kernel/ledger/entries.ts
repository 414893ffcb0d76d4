import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { bell } from '../bell.ts';
import { Failure } from '../errors.ts';
import type { Commit, EventStore } from '../eventstore/port.ts';
import type { Recorded, SealedStore } from '../eventstore/sealed.ts';
import type { Lease } from '../lease.ts';
import type { Ledger, Transaction } from './port.ts';

const page = 200;
const longestPause = 60_000;
/** Looks again after so many milliseconds, since a wake-up may never come. */
const idle = 1000;

interface Parts<E> {
  /** Name of the saved position up to which events are entered. */
  cursor: string;
  store: EventStore;
  log: SealedStore<E>;
  ledger: Ledger;
  /** Only while this process has it: two who enter the same only disturb each other. */
  lease: Pick<Lease, 'held' | 'onChange'>;
  logger: Logger;
  /** First pause after the ledger did not answer, milliseconds; it doubles up to a minute. */
  retryMs: number;
  /** Types of the events that are entered; commits without any are not even opened. */
  types: readonly string[];
  /** The transaction that enters an event: the same for the same event, and safe to submit twice. */
  transaction(recorded: Recorded<E>): Transaction | Promise<Transaction>;
}

export interface LedgerEntries {
  start(): void;
  /** Finishes the transactions in hand. */
  stop(): Promise<void>;
  /** Commits that are not entered yet, as far as it looks ahead. */
  lag(): Promise<number>;
}

/**
 * Enters events of a service in the ledger, each as a transaction of its own, later and as often as it takes: a ledger
 * that is down stops no command. Those of one stream in their order, those of different streams at once. What was
 * erased meanwhile is left out. What a contract refuses it refuses for ever: said once, and on to the next.
 */
export function ledgerEntries<E extends { type: string }>(parts: Parts<E>): LedgerEntries {
  const { cursor, store, log, ledger, lease, logger, retryMs, types, transaction } = parts;
  const stopping = new AbortController();
  const wake = bell();

  async function enterNext(): Promise<number> {
    const commits = await store.readAll(await store.cursor(cursor), page);
    const streams = Map.groupBy(commits.filter(concerns), ({ stream }) => stream);
    const outcomes = await Promise.allSettled(streams.values().map(enterInOrder));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    const last = commits.at(-1);
    if (last) await store.saveCursor(cursor, last.position);
    return commits.length;
  }

  async function enterInOrder(commits: readonly Commit[]): Promise<void> {
    for (const commit of commits) {
      for (const recorded of await log.open(commit)) if (types.includes(recorded.event.type)) await enter(recorded);
    }
  }

  async function enter(recorded: Recorded<E>): Promise<void> {
    try {
      await ledger.submit(await transaction(recorded));
    } catch (error) {
      if (error instanceof Failure && error.code === 'deleted') return;
      if (!(error instanceof Failure && error.code === 'business-rule')) throw error;
      logger.error({ err: error, event: recorded.id, cursor }, 'the ledger refuses this event');
    }
  }

  const concerns = ({ events }: Commit) => events.some(({ type }) => types.includes(type));

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        if (!lease.held() || (await enterNext()) === 0) await wake.heard(idle);
        failures = 0;
      } catch (error) {
        const wait = Math.min(retryMs * 2 ** failures, longestPause);
        logger.warn({ err: error, wait, cursor }, 'events wait for the ledger');
        failures += 1;
        await pause(wait, undefined, { signal: stopping.signal }).catch(() => {}); // stopping ends the pause
      }
    }
  }

  let running = Promise.resolve();
  let forget = (): void => {};
  return {
    start() {
      forget = store.onAppend(wake.ring);
      lease.onChange(wake.ring);
      running = run();
    },
    async stop() {
      stopping.abort();
      forget();
      wake.ring();
      await running;
    },
    lag: async () => (await store.readAll(await store.cursor(cursor), 10 * page)).filter(concerns).length,
  };
}
