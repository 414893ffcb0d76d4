import type { Logger } from 'pino';

/** Lets declarations that have run out be taken down as ended, now and again. */
export interface Expiry {
  start(): void;
  /** Finishes the round in hand. */
  stop(): Promise<void>;
}

/** @param parts.intervalMs milliseconds from one round to the next; one that takes longer is not started twice */
export function expiry(parts: { expire(): Promise<void>; logger: Logger; intervalMs: number }): Expiry {
  const { expire, logger, intervalMs } = parts;
  let timer: NodeJS.Timeout | undefined;
  let underway: Promise<void> | undefined;
  const round = () => {
    underway ??= expire()
      .catch((error) => logger.warn({ err: error }, 'what has expired is not taken down yet'))
      .finally(() => {
        underway = undefined;
      });
  };
  return {
    start() {
      timer = setInterval(round, intervalMs).unref();
      round();
    },
    async stop() {
      clearInterval(timer);
      await underway;
    },
  };
}
