import type { Clock } from '../../../kernel/clock.ts';

/** How fast somebody may try: so many failures are free, then each doubles the wait. Milliseconds. */
interface Pace {
  free: number;
  firstWait: number;
  longestWait: number;
  /** Failures are forgotten so long after the last one. */
  forget: number;
}

const minute = 60_000;
const perLogin: Pace = { free: 5, firstWait: 1_000, longestWait: 15 * minute, forget: 60 * minute };
/** A hospital's people may share one address: more is free, and the waits are short. */
const perAddress: Pace = { free: 30, firstWait: 1_000, longestWait: minute, forget: 15 * minute };
/** Logins, and addresses, remembered at most; about 100 bytes each. */
const remembered = 10_000;

export interface Attempts {
  /**
   * Asks to try, and counts a failure until `succeeded` takes it back: tries at the same time all count.
   * @returns 0 where it may go on, else how long to wait, in milliseconds
   */
  begin(login: string, address: string): number;
  succeeded(login: string, address: string): void;
}

/**
 * Login attempts, limited per login (as a keyed hash) and per address. In this process's memory and bounded: a restart
 * forgets the counts, and each of several processes counts for itself; the durable record is the refused login's event.
 */
export function attempts(clock: Clock): Attempts {
  const logins = counter(perLogin, clock);
  const addresses = counter(perAddress, clock);
  return {
    begin(login, address) {
      const wait = Math.max(logins.wait(login), addresses.wait(address));
      if (wait > 0) return wait;
      logins.fail(login);
      addresses.fail(address);
      return 0;
    },
    succeeded(login, address) {
      logins.forget(login);
      addresses.takeBack(address);
    },
  };
}

interface Count {
  failures: number;
  last: number;
}

function counter(pace: Pace, clock: Clock) {
  const counts = new Map<string, Count>();

  function current(key: string): Count | undefined {
    const count = counts.get(key);
    return count && clock.now() - count.last < pace.forget ? count : undefined;
  }

  return {
    wait(key: string): number {
      const count = current(key);
      if (!count || count.failures < pace.free) return 0;
      const wait = Math.min(pace.firstWait * 2 ** (count.failures - pace.free), pace.longestWait);
      return Math.max(0, count.last + wait - clock.now());
    },
    fail(key: string): void {
      const failures = (current(key)?.failures ?? 0) + 1;
      counts.delete(key); // the one that failed last stands last, so that the first is the oldest
      counts.set(key, { failures, last: clock.now() });
      if (counts.size > remembered) counts.delete(counts.keys().next().value!);
    },
    takeBack(key: string): void {
      const count = counts.get(key);
      if (count) count.failures -= 1;
    },
    forget: (key: string) => void counts.delete(key),
  };
}
