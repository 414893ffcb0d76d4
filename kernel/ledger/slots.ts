/** Runs at most so many works at once; further ones wait in their order. */
export interface Slots {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves once nothing runs or waits. */
  idle(): Promise<void>;
}

export function slots(most: number): Slots {
  const waiting: (() => void)[] = [];
  const running = new Set<Promise<unknown>>();
  let free = most;

  async function inSlot<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve)); // who ends hands its slot on
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  }

  return {
    run(work) {
      const done = inSlot(work);
      running.add(done);
      const forget = () => void running.delete(done);
      done.then(forget, forget);
      return done;
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
