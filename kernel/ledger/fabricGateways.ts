import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { answerIn } from './fabricErrors.ts';

/** Several ways to the same ledger. */
export interface Gateways<C> {
  /** The first gateway that did not fail just now, or else the one that failed longest ago. */
  lease(): Lease<C>;
  /** Runs work on a leased connection. */
  use<T>(work: (connection: C) => Promise<T>): Promise<T>;
  /** Runs work once on each. */
  each<T>(work: (connection: C, address: string) => Promise<T>): Promise<T[]>;
  close(): void;
}

/** A connection, which stays open until it is released, and what came of it. */
export interface Lease<C> {
  connection: C;
  answered(): void;
  failed(error: unknown): void;
  release(): void;
}

interface Parts<C> {
  addresses: readonly string[];
  open(address: string): C;
  clock: Clock;
  log: Logger;
  /** A gateway that failed is passed over for so long, where there is another; milliseconds. */
  rest: number;
  /** A connection that was silent for so long is replaced; milliseconds. */
  stuck: number;
}

interface Gateway<C> {
  address: string;
  connection: Counted<C>;
  failedAt: number;
  /** Begin of the first call since which nothing was answered. */
  silentSince: number | undefined;
}

/**
 * Failover, and the watchdog: a channel can hang for ever after everything around it was killed, while a new one to
 * the same peer works at once. So a connection on which every call of some time ran into its deadline is replaced.
 */
export function gateways<C extends { close(): void }>(parts: Parts<C>): Gateways<C> {
  const { addresses, open, clock, log, rest, stuck } = parts;
  const all = addresses.map(
    (address): Gateway<C> => ({
      ...{ address, connection: counted(open(address)), failedAt: Number.NEGATIVE_INFINITY },
      silentSince: undefined,
    }),
  );

  function best(): Gateway<C> {
    const rested = all.find(({ failedAt }) => clock.now() - failedAt >= rest);
    return rested ?? all.reduce((one, other) => (other.failedAt < one.failedAt ? other : one));
  }

  function lease(gateway: Gateway<C>): Lease<C> {
    const { connection } = gateway;
    const started = clock.now();
    const isCurrent = () => connection === gateway.connection;
    function answered(): void {
      if (isCurrent()) gateway.silentSince = undefined;
    }
    return {
      connection: connection.take(),
      answered,
      failed(error) {
        const answer = answerIn(error);
        if (answer === 'answered') return answered();
        gateway.failedAt = clock.now();
        if (answer === 'silent' && isCurrent()) silent(gateway, started);
      },
      release: connection.release,
    };
  }

  function silent(gateway: Gateway<C>, since: number): void {
    gateway.silentSince ??= since;
    if (clock.now() - gateway.silentSince < stuck) return;
    log.warn({ gateway: gateway.address }, 'the connection to this gateway is stuck; a new one replaces it');
    gateway.connection.retire();
    gateway.connection = counted(open(gateway.address));
    gateway.silentSince = undefined;
    gateway.failedAt = Number.NEGATIVE_INFINITY;
  }

  async function on<T>(gateway: Gateway<C>, work: (connection: C) => Promise<T>): Promise<T> {
    const { connection, answered, failed, release } = lease(gateway);
    try {
      const result = await work(connection);
      answered();
      return result;
    } catch (error) {
      failed(error);
      throw error;
    } finally {
      release();
    }
  }

  return {
    lease: () => lease(best()),
    use: (work) => on(best(), work),
    each: (work) => Promise.all(all.map((gateway) => on(gateway, (connection) => work(connection, gateway.address)))),
    close() {
      for (const { connection } of all) connection.retire();
    },
  };
}

/** A connection that is closed once it is retired and nothing runs on it. */
interface Counted<C> {
  take(): C;
  release(): void;
  retire(): void;
}

function counted<C extends { close(): void }>(connection: C): Counted<C> {
  let [users, retired] = [0, false];
  const closeUnused = () => {
    if (retired && users === 0) connection.close();
  };
  return {
    take() {
      users++;
      return connection;
    },
    release() {
      users--;
      closeUnused();
    },
    retire() {
      retired = true;
      closeUnused();
    },
  };
}
