import type { Logger } from 'pino';
import { bell } from '../../../kernel/bell.ts';

/** Work that is done at the start, when something happened, and now and again all the same. */
export interface Sweeping {
  start(): void;
  /** Something happened: a sweep follows, also on one that is underway. */
  wake(): void;
  /** Finishes the sweep in hand. */
  stop(): Promise<void>;
}

interface Parts {
  sweep(): Promise<void>;
  logger: Logger;
  /** Milliseconds to the next sweep where nothing happens. */
  intervalMs: number;
  /** First pause after a failure, milliseconds; it doubles up to `intervalMs`. */
  retryMs: number;
}

export function sweeping({ sweep, logger, intervalMs, retryMs }: Parts): Sweeping {
  const wake = bell();
  let running: Promise<void> | undefined;
  let stopped = false;

  async function swept(): Promise<boolean> {
    try {
      await sweep();
      return true;
    } catch (error) {
      logger.warn({ err: error }, 'not every release is compared with the consents yet');
      return false;
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopped; ) {
      failures = (await swept()) ? 0 : failures + 1;
      const wait = failures === 0 ? intervalMs : Math.min(retryMs * 2 ** (failures - 1), intervalMs);
      if (!stopped) await wake.heard(wait);
    }
  }

  return {
    start() {
      running = run();
    },
    wake: wake.ring,
    async stop() {
      stopped = true;
      wake.ring();
      await running;
    },
  };
}
