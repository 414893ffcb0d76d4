import type { EventStore } from '../../../kernel/eventstore/port.ts';

/** Tells whoever watches a stream that it has moved, in whichever process that was. */
export interface Changes {
  start(): void;
  /**
   * Resolves once every commit from now on to one of the streams will be told; call what it resolves to in order to
   * leave. `moved` is called too where the store cannot be read: whoever watches must look for themselves.
   */
  watch(streams: readonly string[], moved: () => void): Promise<() => void>;
  stop(): void;
}

const page = 200;

/** Reads the store's commits in their order, once for all who watch; nothing is read while nobody does. */
export function changes(store: EventStore): Changes {
  const watchers = new Map<string, Set<() => void>>();
  let leaveStore = (): void => {};
  let position = 0;
  let placed: Promise<void> | undefined;
  let isReading = false;
  let again = false;

  function wake(): void {
    if (watchers.size === 0 || !placed) return;
    again = true;
    if (!isReading) void readOn();
  }

  async function readOn(): Promise<void> {
    isReading = true;
    try {
      await placed;
      while (again) {
        again = false;
        await tell();
      }
    } catch {
      for (const moved of [...watchers.values()].flatMap((each) => [...each])) moved();
    } finally {
      isReading = false;
    }
  }

  async function tell(): Promise<void> {
    for (;;) {
      const commits = await store.readAll(position, page);
      for (const { stream } of commits) for (const moved of watchers.get(stream) ?? []) moved();
      const last = commits.at(-1);
      if (!last) return;
      position = last.position;
    }
  }

  /** Positions have no gaps, so that the newest is found by doubling and halving. */
  async function place(): Promise<void> {
    const isThere = async (at: number) => (await store.readAll(at - 1, 1)).length > 0;
    let found = position;
    let step = 1;
    for (; await isThere(found + step); step *= 2) found += step;
    for (; step >= 1; step /= 2) if (await isThere(found + step)) found += step;
    position = Math.max(position, found);
  }

  function leave(streams: readonly string[], moved: () => void): void {
    for (const stream of streams) {
      const those = watchers.get(stream);
      those?.delete(moved);
      if (those?.size === 0) watchers.delete(stream);
    }
    if (watchers.size === 0) placed = undefined;
  }

  return {
    start() {
      leaveStore = store.onAppend(wake);
    },
    async watch(streams, moved) {
      for (const stream of streams) watchers.set(stream, (watchers.get(stream) ?? new Set()).add(moved));
      placed ??= place();
      try {
        await placed;
      } catch (error) {
        leave(streams, moved);
        throw error;
      }
      return () => leave(streams, moved);
    },
    stop: () => leaveStore(),
  };
}
