/** Work that goes together. */
export interface Lanes<T> {
  add(item: T): void;
  /** Resolves once nothing waits and nothing is in flight. */
  settled(): Promise<void>;
}

/**
 * Runs what is added in groups: what comes in one event-loop turn goes together, and so does all that comes while every
 * lane is taken. A server that syncs each command by itself then syncs once for many.
 * @param run must not reject
 */
export function lanes<T>(count: number, largest: number, run: (group: T[]) => Promise<void>): Lanes<T> {
  let waiting: T[] = [];
  const inFlight = new Set<Promise<void>>();

  function pump(): void {
    while (inFlight.size < count && waiting.length > 0) {
      const group = waiting.slice(0, largest);
      waiting = waiting.slice(largest);
      const done = run(group).then(() => {
        inFlight.delete(done);
        pump();
      });
      inFlight.add(done);
    }
  }

  return {
    add(item) {
      if (waiting.length === 0) setImmediate(pump);
      waiting.push(item);
    },
    async settled() {
      for (pump(); inFlight.size > 0; pump()) await Promise.all(inFlight);
    },
  };
}
