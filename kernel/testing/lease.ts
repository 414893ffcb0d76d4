import type { Lease } from '../lease.ts';

/** A lease that is had, or not, as a test says. */
export function leaseAsSaid(isHeld = true): Lease & { say(isHeld: boolean): void } {
  const listeners: (() => void)[] = [];
  return {
    held: () => isHeld,
    onChange: (listener) => void listeners.push(listener),
    start: async () => {},
    stop: async () => {},
    say(is) {
      isHeld = is;
      for (const listener of listeners) listener();
    },
  };
}
