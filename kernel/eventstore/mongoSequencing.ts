import { setTimeout as pause } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import type { Logger } from 'pino';
import type { CommitDocument } from './mongoCommits.ts';
import { sequencer } from './mongoSequencer.ts';
import { wakeUps } from './mongoWakeUps.ts';

export interface Sequencing {
  /** Something was appended here. */
  wake(): void;
  /** Calls the listener once there may be commits with new positions. */
  onSequenced(listener: () => void): () => void;
  /** Resolves once what is pending now has its position. */
  sequenced(): Promise<void>;
  /** Finishes the pass in hand, and one more for what was appended before. */
  stop(): Promise<void>;
}

/** How often the active sequencer looks without being woken, and how long a standby lets pending commits be; milliseconds. */
const looksEvery = 500;
const standsByFor = 250;
/** What comes within so many milliseconds after a pass goes together: a pass costs two reads whatever it finds. */
const linger = 25;
/** How often is looked whether a commit has its position, milliseconds. */
const waitsBy = 25;

/**
 * Runs the sequencer in this process. Where another process' is at work this one stands by: it takes over once commits
 * that it saw pending still are at its next look. Wake-ups save time only; looking is what counts.
 */
export function sequencing(commits: Collection<CommitDocument>, log: Logger): Sequencing {
  const { pass, pending } = sequencer(commits);
  const listeners = new Set<() => void>();
  /** What was pending when it last looked; undefined: it is the active one. */
  let standby: ReadonlySet<string> | undefined;
  let stopping = false;
  let woken = true;
  let awake = (): void => {};

  const wake = (): void => {
    woken = true;
    if (!standby) awake();
  };
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const changes = wakeUps(commits, { inserted: wake, sequenced: tell });

  async function look(): Promise<void> {
    if (standby) {
      const now = await pending();
      const stuck = now.some((id) => standby?.has(id));
      standby = new Set(now);
      if (!stuck) return;
    }
    const outcome = await pass();
    standby = outcome === 'rival' ? new Set(await pending()) : undefined;
    tell();
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping; ) {
      woken = false;
      try {
        await look();
        failures = 0;
      } catch (error) {
        failures += 1;
        log.warn({ err: error }, 'sequencer: the database did not answer; trying again');
      }
      const wait = failures > 0 ? Math.min(5000, 100 * 2 ** failures) : standby ? standsByFor : looksEvery;
      if (!stopping && (standby || failures > 0 || !woken)) await sleep(wait);
      else if (!stopping) await pause(linger);
    }
  }

  async function sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const alarm = setTimeout(resolve, milliseconds);
      awake = () => {
        clearTimeout(alarm);
        resolve();
      };
    });
  }

  async function sequenced(): Promise<void> {
    const wanted = new Set(await pending());
    for (let left = wanted.size; left > 0; left = (await pending()).filter((id) => wanted.has(id)).length) {
      wake();
      await pause(waitsBy);
    }
  }

  const running = run();
  return {
    wake,
    onSequenced(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    sequenced,
    async stop() {
      stopping = true;
      awake();
      await running;
      await changes.stop();
      if (!standby) await pass().catch(() => {}); // others take what this one cannot
    },
  };
}
