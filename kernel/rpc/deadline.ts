import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallOptions } from './port.ts';

const deadlines = new AsyncLocalStorage<number>();

/** Runs a handler that must answer by `deadline` (milliseconds since the epoch): what it asks of others ends then, too. */
export function by<T>(deadline: number | undefined, work: () => T): T {
  return deadline === undefined ? work() : deadlines.run(deadline, work);
}

/**
 * When a call has to be answered: after its own time limit, and never after the deadline of the call that it serves.
 * @param limit milliseconds, where the options name none
 * @returns milliseconds since the epoch; undefined: whenever
 */
export function deadlineOf({ timeout }: CallOptions, limit = Number.POSITIVE_INFINITY): number | undefined {
  const deadline = Math.min(Date.now() + (timeout ?? limit), deadlines.getStore() ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(deadline) ? deadline : undefined;
}
