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
  /** Applies what was just appended, whole commits, before it is acknowledged: so that everybody reads their own writes. */
  apply(recorded: Recorded<E>[]): Promise<void>;
  /** Applies what is missing of all that was acknowledged before the call, such as what a crash left out. */
  catchUp(): Promise<void>;
  /** Catches up, then follows the events while this process has the lease. */
  start(by: { lease: Lease; logger: Logger }): Promise<void>;
  /** Finishes what is in hand; after the last append. */
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
  /** What was appended here and the mark has not passed, by position or, where it has none yet, by id: whether it is applied. */
  const own = new Map<number | string, Promise<boolean>>();
  let isFollowing = () => false;
  let [lowWater, saved] = [0, 0];
  const wake = bell();
  let following = Promise.resolve();
  let last: Promise<unknown> = Promise.resolve();

  /** Whoever moves the mark does so alone. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  }

  async function project(recorded: Recorded<E>[]): Promise<void> {
    const writes: ViewWrite[] = [];
    for (const event of recorded) {
      for (const projection of projections) writes.push(...(await projection.apply(event)));
    }
    if (writes.length > 0) await views.apply(writes);
  }

  /** Applies the commits after the mark, and moves it. Resolves to whether there may be more. */
  async function next(): Promise<boolean> {
    for (; (await own.get(lowWater + 1)) === true; lowWater += 1) own.delete(lowWater + 1); // known without reading it
    const commits = await store.readAll(lowWater, page);
    // one after the other: a projection may read what an earlier event of the same stream wrote
    for (const commit of commits) if (!(await isApplied(commit))) await project(await log.open(commit));
    lowWater = commits.at(-1)?.position ?? lowWater;
    if (lowWater !== saved) await views.savePosition(lowWater);
    saved = lowWater;
    return commits.length === page;
  }

  async function isApplied({ position, events }: Commit): Promise<boolean> {
    const applied = await Promise.all(events.map(({ id }) => own.get(position) ?? own.get(id)));
    for (const key of [position, ...events.map(({ id }) => id)]) own.delete(key);
    return applied.every((each) => each === true);
  }

  async function begin(): Promise<void> {
    lowWater = saved = await views.position();
  }

  async function catchUp(): Promise<void> {
    await store.sequenced();
    await begin();
    while (await next());
  }

  async function follow(lease: Lease, logger: Logger): Promise<void> {
    for (let had = true; !stopping.signal.aborted; had = lease.held()) {
      try {
        if (!lease.held()) own.clear();
        else if (!had) await inTurn(begin);
        if (!lease.held() || !(await inTurn(next))) await wake.heard(idle);
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
        for (const { id, position } of recorded) if (!position || position > lowWater) own.set(position || id, applied);
      }
      await applying;
    },
    catchUp: () => inTurn(catchUp),
    async start(by) {
      await inTurn(catchUp);
      isFollowing = by.lease.held;
      forget = store.onAppend(wake.ring);
      following = follow(by.lease, by.logger);
    },
    async stop() {
      stopping.abort();
      forget();
      wake.ring();
      await following;
      // a mark that stays low only means that the next start applies a little more than it must
      if (isFollowing()) await inTurn(next).catch(() => {});
    },
    rebuild: () =>
      inTurn(async () => {
        own.clear();
        for (const { collections } of projections) for (const name of collections) await views.clear(name);
        await views.savePosition(0);
        await catchUp();
      }),
  };
}
