import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { bell } from '../bell.ts';
import type { Commit, EventStore } from '../eventstore/port.ts';
import type { Recorded, SealedStore } from '../eventstore/sealed.ts';
import type { Lease } from '../lease.ts';
import type { Views, ViewWrite } from './port.ts';

/** Makes view documents of events. Applied twice or out of order it must give the same: writes are guarded by version. */
export interface Projection<E> {
  /** The collections it fills, and nobody else. */
  collections: string[];
  apply(recorded: Recorded<E>): ViewWrite[] | Promise<ViewWrite[]>;
}

export interface Projector<E> {
  /** Applies what was just appended, before it is acknowledged: so that everybody reads their own writes. */
  apply(recorded: Recorded<E>[]): Promise<void>;
  /** Applies what is missing of all that was acknowledged before the call, such as what a crash left out. */
  catchUp(): Promise<void>;
  /** Catches up, then follows the events while this process has the lease. */
  start(by: { lease: Lease; logger: Logger }): Promise<void>;
  /** Finishes the page in hand. */
  stop(): Promise<void>;
  /** Empties the views and fills them from the first event on. */
  rebuild(): Promise<void>;
}

const page = 500;
/** Looks again after so many milliseconds, since a wake-up may never come; and what comes within so many goes together. */
const [idle, linger] = [1000, 250];

/**
 * Runs projections over a service's events. The saved position is a low-water mark: every commit up to it is applied,
 * also where appends overtake each other between their commit and their views. One process, which has the lease, moves
 * the mark after the events, and applies itself what the process that appended it did not get to.
 */
export function projector<E>(parts: {
  store: EventStore;
  log: SealedStore<E>;
  views: Views;
  projections: Projection<E>[];
}): Projector<E> {
  const { store, log, views, projections } = parts;
  const stopping = new AbortController();
  /** By their ids, events that this process appended and the mark has not passed: whether they were applied. */
  const own = new Map<string, Promise<boolean>>();
  let isFollowing = () => false;
  let lowWater = 0;
  const wake = bell();
  let following = Promise.resolve();

  async function project(recorded: Recorded<E>[]): Promise<void> {
    const writes: ViewWrite[] = [];
    for (const event of recorded) {
      for (const projection of projections) writes.push(...(await projection.apply(event)));
    }
    if (writes.length > 0) await views.apply(writes);
  }

  /** Applies the commits after the mark, and moves it. Resolves to whether there may be more. */
  async function next(): Promise<boolean> {
    const commits = await store.readAll(lowWater, page);
    // one after the other: a projection may read what an earlier event of the same stream wrote
    for (const commit of commits) if (!(await isApplied(commit))) await project(await log.open(commit));
    if (commits.length > 0) {
      lowWater = commits.at(-1)!.position;
      await views.savePosition(lowWater);
    }
    return commits.length === page;
  }

  async function isApplied({ events }: Commit): Promise<boolean> {
    const applied = await own.get(events[0]!.id);
    for (const { id } of events) own.delete(id);
    return applied === true;
  }

  async function catchUp(): Promise<void> {
    await store.sequenced();
    lowWater = await views.position();
    while (await next());
  }

  async function follow(lease: Lease, logger: Logger): Promise<void> {
    for (let had = true; !stopping.signal.aborted; had = lease.held()) {
      try {
        if (!lease.held()) own.clear();
        else if (!had) lowWater = await views.position();
        if (!lease.held() || !(await next())) await wake.heard(idle);
      } catch (error) {
        logger.warn({ err: error }, 'views: the events cannot be followed now; trying again');
        await wake.heard(idle);
      }
      await pause(linger, undefined, { signal: stopping.signal }).catch(() => {}); // stopping ends the pause
    }
  }

  let forget = (): void => {};
  return {
    async apply(recorded) {
      const applying = project(recorded);
      if (isFollowing()) {
        const applied = applying.then(
          () => true,
          () => false,
        );
        for (const { id } of recorded) own.set(id, applied);
      }
      await applying;
    },
    catchUp,
    async start(by) {
      await catchUp();
      isFollowing = by.lease.held;
      forget = store.onAppend(wake.ring);
      following = follow(by.lease, by.logger);
    },
    async stop() {
      stopping.abort();
      forget();
      wake.ring();
      await following;
    },
    async rebuild() {
      for (const { collections } of projections) for (const name of collections) await views.clear(name);
      await views.savePosition(0);
      await catchUp();
    },
  };
}
