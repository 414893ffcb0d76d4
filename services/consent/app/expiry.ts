import type { Logger } from 'pino';

/** Lets declarations that have run out be taken down as ended, now and again. */
export interface Expiry {
  start(): void;
  /** Finishes the round in hand. */
  stop(): Promise<void>;
}

const interval = 30_000;

export function expiry({ expire, logger }: { expire(): Promise<void>; logger: Logger }): Expiry {
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();
  const next = () => {
    round = round
      .then(expire)
      .catch((error) => logger.warn({ err: error }, 'expired break-glass is not taken down yet'));
  };
  return {
    start() {
      timer = setInterval(next, interval).unref();
      next();
    },
    async stop() {
      clearInterval(timer);
      await round;
    },
  };
}
