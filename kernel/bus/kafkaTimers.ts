import { createRequire } from 'node:module';

interface RequestQueue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  pending: unknown[];
  checkPendingRequests(): void;
}

/** How soon requests that wait for nothing known are looked at, milliseconds. */
const soon = 10;

/**
 * kafkajs 2.2.4 sets a timer of a negative length for every connection: Node 24 makes that 1 ms, again and again, and
 * warns. A queue with nothing in it needs no timer: whatever is added checks it. Done once for the process, since the
 * queue is a class of the driver; doing it again changes nothing.
 */
export function calmTimers(): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as { prototype: object };
  Object.assign(prototype, {
    scheduleCheckPendingRequests(this: RequestQueue): void {
      const wait = this.throttledUntil - Date.now();
      if (this.throttleCheckTimeoutId || (this.pending.length === 0 && wait <= 0)) return;
      this.throttleCheckTimeoutId = setTimeout(
        () => {
          this.throttleCheckTimeoutId = null;
          this.checkPendingRequests();
        },
        Math.max(wait, soon),
      );
    },
  });
}
