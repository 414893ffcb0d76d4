import type { Logger } from 'pino';
import type { Lease } from '../../../kernel/lease.ts';

/** Work that is to be done now and again. */
export interface Rounds {
  start(): void;
  /** Finishes the round in hand. */
  stop(): Promise<void>;
}

interface Parts {
  round(): Promise<void>;
  /** Rounds are made only while this process has it. */
  lease: Pick<Lease, 'held'>;
  logger: Logger;
  /** Milliseconds from one round to the next; one that takes longer is not started twice. */
  intervalMs: number;
  /** Whether the first round waits for the interval too. */
  later?: boolean;
  /** What the log says of a round that failed; the next is tried all the same. */
  failed: string;
}

export function rounds({ round, lease, logger, intervalMs, later = false, failed }: Parts): Rounds {
  let timer: NodeJS.Timeout | undefined;
  let underway: Promise<void> | undefined;
  const begin = () => {
    if (!lease.held()) return;
    underway ??= round()
      .catch((error) => logger.warn({ err: error }, failed))
      .finally(() => {
        underway = undefined;
      });
  };
  return {
    start() {
      timer = setInterval(begin, intervalMs).unref();
      if (!later) begin();
    },
    async stop() {
      clearInterval(timer);
      await underway;
    },
  };
}
