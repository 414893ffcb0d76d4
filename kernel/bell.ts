/** Wakes a loop. Rung once or often, it is heard once; a ring that comes while nobody listens is kept. */
export interface Bell {
  ring(): void;
  /** Resolves when it rings, or after so many milliseconds. */
  heard(patience: number): Promise<void>;
}

export function bell(): Bell {
  let rung = false;
  let hear = (): void => {};
  return {
    ring() {
      rung = true;
      hear();
    },
    async heard(patience) {
      if (!rung) {
        const listening = Promise.withResolvers<void>();
        hear = listening.resolve;
        const alarm = setTimeout(hear, patience);
        await listening.promise;
        clearTimeout(alarm);
      }
      rung = false;
    },
  };
}
