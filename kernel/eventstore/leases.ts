/** A lease that its holder has not asked for during so many milliseconds falls to whoever asks next. */
export const lapsesAfter = 5_000;

/** `EventStore.lease` and `release` of a store that only this process opens. */
export function localLeases() {
  const held = new Map<string, { holder: string; asked: number }>();
  return {
    async lease(name: string, holder: string): Promise<boolean> {
      const known = held.get(name);
      const now = performance.now();
      if (known && known.holder !== holder && now - known.asked < lapsesAfter) return false;
      held.set(name, { holder, asked: now });
      return true;
    },
    async release(name: string, holder: string): Promise<void> {
      if (held.get(name)?.holder === holder) held.delete(name);
    },
  };
}
