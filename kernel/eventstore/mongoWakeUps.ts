import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeStream, Collection } from 'mongodb';
import type { CommitDocument } from './mongoCommits.ts';

/** Pause before a change stream that broke is opened anew, milliseconds. */
const reopensAfter = 1000;

/**
 * Tells of commits that other processes wrote, by a change stream. It may miss some (a failover, a stream that broke):
 * whoever listens must look by itself as well.
 */
export function wakeUps(
  commits: Collection<CommitDocument>,
  on: { inserted(): void; sequenced(): void },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let stream: ChangeStream | undefined;

  async function follow(): Promise<void> {
    // no event leaves the server: what happened is all that is needed
    stream = commits.watch([
      { $match: { operationType: { $in: ['insert', 'update'] } } },
      { $project: { operationType: 1 } },
    ]);
    for await (const { operationType } of stream) operationType === 'insert' ? on.inserted() : on.sequenced();
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await follow().catch(() => {});
      await stream?.close().catch(() => {});
      await pause(reopensAfter, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await stream?.close().catch(() => {});
      await running;
    },
  };
}
