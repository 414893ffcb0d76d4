import type { Logger } from 'pino';

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
  let running: Promise<void> | undefined;
  let stopped = false;
  let due = false;
  let rise = (): void => {};

  const sleep = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds).unref();
      rise = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function run(): Promise<void> {
    for (let failures = 0; !stopped; ) {
      due = false;
      try {
        await sweep();
        failures = 0;
        if (!due && !stopped) await sleep(intervalMs);
      } catch (error) {
        const wait = Math.min(retryMs * 2 ** failures, intervalMs);
        logger.warn({ err: error, wait }, 'not every release is compared with the consents yet');
        failures += 1;
        if (!stopped) await sleep(wait);
      }
    }
  }

  return {
    start() {
      running = run();
    },
    wake() {
      due = true;
      rise();
    },
    async stop() {
      stopped = true;
      rise();
      await running;
    },
  };
}
