import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Failure } from '../../../kernel/errors.ts';
import type { Commit, EventStore } from '../../../kernel/eventstore/port.ts';
import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import type { IdentityEvent } from '../domain/event.ts';

/** Name of the saved position up to which organisations are entered. */
const cursor = 'registry';
const page = 200;
const longestPause = 60_000;

interface Parts {
  store: EventStore;
  log: SealedStore<IdentityEvent>;
  ledger: Ledger;
  logger: Logger;
  /** First pause after the ledger did not answer, milliseconds; it doubles up to a minute. */
  retryMs: number;
}

export interface RegistryEntry {
  start(): void;
  /** Finishes the transaction in hand. */
  stop(): Promise<void>;
  /** Organisations that are not entered yet, as far as it looks ahead. */
  lag(): Promise<number>;
}

/**
 * Enters every registered organisation in the ledger's registry, later and as often as it takes: a ledger that is down
 * stops no registration. The contract keeps one entry per id, so that entering it twice is the same.
 */
export function registryEntry({ store, log, ledger, logger, retryMs }: Parts): RegistryEntry {
  const stopping = new AbortController();
  let awake = (): void => {};

  async function enterNext(): Promise<number> {
    const commits = await store.readAll(await store.cursor(cursor), page);
    for (const commit of commits) await enter(commit);
    const last = commits.at(-1);
    if (last) await store.saveCursor(cursor, last.position);
    return commits.length;
  }

  async function enter(commit: Commit): Promise<void> {
    if (!registers(commit)) return;
    for (const { stream, event } of await log.open(commit)) {
      if (event.type === 'OrganizationRegistered') await submit(stream.slice('organization/'.length), event.name);
    }
  }

  async function submit(id: string, name: string): Promise<void> {
    const args = [JSON.stringify({ id, name, keys: [] })];
    try {
      await ledger.submit({ contract: 'registry', fn: 'registerOrganization', args });
    } catch (error) {
      // What the contract refuses it refuses for ever: said once, and on to the next.
      if (!(error instanceof Failure && error.code === 'business-rule')) throw error;
      logger.error({ err: error, organization: id }, 'the registry refuses this organisation');
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const slept = new Promise<void>((resolve) => {
        awake = resolve;
      });
      try {
        if ((await enterNext()) === 0 && !stopping.signal.aborted) await slept;
        failures = 0;
      } catch (error) {
        const wait = Math.min(retryMs * 2 ** failures, longestPause);
        logger.warn({ err: error, wait }, 'organisations wait for the registry');
        failures += 1;
        await pause(wait, undefined, { signal: stopping.signal }).catch(() => {}); // stopping ends the pause
      }
    }
  }

  let running = Promise.resolve();
  let forget = (): void => {};
  return {
    start() {
      forget = store.onAppend(() => awake());
      running = run();
    },
    async stop() {
      stopping.abort();
      forget();
      awake();
      await running;
    },
    lag: async () => (await store.readAll(await store.cursor(cursor), 10 * page)).filter(registers).length,
  };
}

const registers = ({ events }: Commit) => events.some(({ type }) => type === 'OrganizationRegistered');
