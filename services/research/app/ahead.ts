/**
 * What comes of each item, in their order, with at most `width` of them at work. Where one fails, no more are begun and
 * its failure is thrown.
 */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncIterable<R> {
  const underway: Promise<R>[] = [];
  for await (const item of items) {
    const begun = work(item);
    begun.catch(() => {}); // it is thrown where its turn comes, which may be never
    underway.push(begun);
    if (underway.length === width) yield await underway.shift()!;
  }
  for (const rest of underway) yield await rest;
}
