import type { Logger } from 'pino';
import { flushSpans } from './spans.ts';

/** Something that serves until it is told to stop. */
export interface Running {
  /** Drains: finishes what is in hand, then closes. */
  stop(): Promise<void>;
}

/** Longest that a drain may take, milliseconds. */
const patience = 30_000;

/**
 * Runs a process: starts it, drains it on SIGTERM or SIGINT and ends with 0; ends with 1 where the start or the drain
 * fails. A second signal ends it at once.
 */
export async function run(start: () => Promise<Running>, log: Logger): Promise<void> {
  try {
    const running = await start();
    const drain = async () => {
      process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
      setTimeout(() => process.exit(1), patience).unref();
      try {
        await running.stop();
        await flushSpans();
        process.exit(0);
      } catch (error) {
        log.fatal({ err: error }, 'the drain failed');
        process.exit(1);
      }
    };
    process.once('SIGTERM', drain).once('SIGINT', drain);
  } catch (error) {
    log.fatal((error as Error).message);
    log.debug({ err: error }, 'start failed');
    process.exit(1); // what was opened before it failed would keep the process alive
  }
}
