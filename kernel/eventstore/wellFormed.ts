import type { Append } from './port.ts';

/**
 * Every adapter asks this before it writes: an append without events would leave a hole in the order of commits, and two
 * appends to one stream cannot both be decided on its head. Throws Error, since only our own code can be wrong here.
 */
export function wellFormed(appends: readonly Append[]): void {
  const streams = new Set(appends.map(({ stream }) => stream));
  if (appends.length === 0 || streams.size < appends.length || appends.some(({ events }) => events.length === 0)) {
    throw new Error('an append needs at least one stream, each once, with at least one event');
  }
}
