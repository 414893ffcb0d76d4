import type { EventStore } from '../eventstore/port.ts';
import type { Recorded, SealedStore } from '../eventstore/sealed.ts';
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
  /** At start: applies what a crash left out. */
  catchUp(): Promise<void>;
  /** Empties the views and fills them from the first event on. */
  rebuild(): Promise<void>;
}

const page = 500;

/**
 * Runs projections over a service's events. The saved position is a low-water mark: every commit up to it is applied,
 * also where appends overtake each other between their commit and their views.
 */
export function projector<E>(parts: {
  store: EventStore;
  log: SealedStore<E>;
  views: Views;
  projections: Projection<E>[];
}): Projector<E> {
  const { store, log, views, projections } = parts;
  /** Positions applied above the low-water mark. */
  const ahead = new Set<number>();
  let lowWater = 0;
  let saving = Promise.resolve();

  async function project(recorded: Recorded<E>[]): Promise<void> {
    const writes: ViewWrite[] = [];
    for (const event of recorded) {
      for (const projection of projections) writes.push(...(await projection.apply(event)));
    }
    if (writes.length > 0) await views.apply(writes);
  }

  /** Moves the mark over what is applied; what nobody applied (the keyring's commits) it applies itself. */
  async function advance(): Promise<void> {
    while (ahead.size > page) {
      if (!ahead.delete(lowWater + 1)) {
        const [commit] = await store.readAll(lowWater, 1);
        if (commit) await project(await log.open(commit));
      }
      lowWater += 1;
    }
    await views.savePosition(lowWater);
  }

  async function catchUp(): Promise<void> {
    lowWater = await views.position();
    for (;;) {
      const commits = await store.readAll(lowWater, page);
      if (commits.length === 0) return;
      // one after the other: a projection may read what an earlier event of the same stream wrote
      for (const commit of commits) await project(await log.open(commit));
      lowWater = commits.at(-1)!.position;
      await views.savePosition(lowWater);
    }
  }

  return {
    async apply(recorded) {
      await project(recorded);
      for (const { position } of recorded) if (position > lowWater) ahead.add(position);
      // a mark that could not be saved stays low: the next start applies a little more than it must
      if (ahead.size > 2 * page) saving = saving.then(advance).catch(() => {});
    },
    catchUp,
    async rebuild() {
      for (const { collections } of projections) for (const name of collections) await views.clear(name);
      await views.savePosition(0);
      await catchUp();
    },
  };
}
