/** Tells those who wait that something was added. */
export interface Growth {
  happened(): void;
  /** Resolves at the next `happened`, or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void>;
}

export function growth(): Growth {
  const waiters = new Set<() => void>();
  return {
    happened() {
      for (const wake of [...waiters]) wake();
    },
    next: (signal) =>
      new Promise((resolve) => {
        const wake = () => {
          waiters.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiters.add(wake);
        signal.addEventListener('abort', wake);
        if (signal.aborted) wake();
      }),
  };
}
