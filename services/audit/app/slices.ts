import { setImmediate as nextTurn } from 'node:timers/promises';

const slice = 100;

/** Maps in order, and lets the event loop turn between slices: a batch must not hold up those who wait for records. */
export async function inSlices<T, U>(items: readonly T[], map: (item: T, index: number) => U | Promise<U>) {
  const mapped: U[] = [];
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % slice === 0) await nextTurn();
    mapped.push(await map(item, index));
  }
  return mapped;
}
