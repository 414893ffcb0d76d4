import type { Logger } from 'pino';
import { lapsesAfter } from './eventstore/leases.ts';
import type { EventStore } from './eventstore/port.ts';

/**
 * Of several processes that serve one store, one at a time does the work behind the doors (docs/adr/0022). It saves
 * work and is no fence: a process that was paused may go on for a moment, so whatever it does must be safe to do twice.
 */
export interface Lease {
  /** Whether this process is the one, as far as it can know. */
  held(): boolean;
  /** Calls the listener whenever `held` has changed. */
  onChange(listener: () => void): void;
  /** Asks for it from now on. Resolves after the first answer. */
  start(): Promise<void>;
  /** Lets go, so that another can take it at once; after the work has stopped. */
  stop(): Promise<void>;
}

interface Parts {
  store: EventStore;
  /** This process, unlike all others. */
  holder: string;
  logger: Logger;
}

const name = 'worker';
const asksEvery = 1_000;
/** So long after it asked the holder relies on the answer, milliseconds: less than the others wait. */
const trusts = lapsesAfter * 0.8;

export function workerLease({ store, holder, logger }: Parts): Lease {
  const listeners: (() => void)[] = [];
  let reliable = -Infinity;
  let told = false;
  let asking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const held = () => performance.now() < reliable;

  function tell(): void {
    if (held() === told) return;
    told = held();
    logger.info({ held: told }, told ? 'this process does the background work' : 'another does the background work');
    for (const listener of listeners) listener();
  }

  async function ask(): Promise<void> {
    const asked = performance.now();
    try {
      reliable = (await store.lease(name, holder)) ? asked + trusts : -Infinity;
    } catch (error) {
      logger.warn({ err: error }, 'nobody answers who does the background work; asking again');
    }
    tell();
  }

  function beat(): void {
    tell(); // an answer that does not come ends it too
    asking ??= ask().finally(() => {
      asking = undefined;
    });
  }

  return {
    held,
    onChange: (listener) => void listeners.push(listener),
    async start() {
      timer = setInterval(beat, asksEvery);
      beat();
      await asking;
    },
    async stop() {
      clearInterval(timer);
      await asking;
      reliable = -Infinity;
      await store.release(name, holder).catch(() => {}); // then it lapses
    },
  };
}
