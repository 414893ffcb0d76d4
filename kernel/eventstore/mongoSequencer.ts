import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { MongoBulkWriteError } from 'mongodb';
import { type CommitDocument, type CommitHead, headOnly } from './mongoCommits.ts';
import { duplicateKey } from './mongoErrors.ts';
import { inOrder } from './mongoOrder.ts';

export interface Sequencer {
  /**
   * Gives pending commits their positions. `done`: those that were listed have one. `rival`: somebody else is at it, and
   * this pass stopped. Throws what the driver throws.
   */
  pass(): Promise<'done' | 'rival'>;
  /** Ids of the commits that have no position yet. */
  pending(): Promise<string[]>;
}

/** Positions looked at first above the highest known; doubled as long as there are more. */
const window = 1000;
/** Updates of one command. */
const page = 1000;

/**
 * Consecutive positions for commits (docs/adr/0016). The highest position is read before the list, and positions are
 * given in ascending order: so a rival's work shows as a duplicate position or as a commit that is not pending any more.
 */
export function sequencer(commits: Collection<CommitDocument>): Sequencer {
  /** The highest position known, and its commit. It only ever grows, since a position that was read never changes. */
  let known: CommitHead | undefined;

  /** Bounded at both ends: nothing below is read again. */
  async function highest(): Promise<CommitHead | undefined> {
    for (let size = window; ; size *= 2) {
      const from = known?.position ?? 0;
      const [top] = await commits
        .find({ position: { $gt: from, $lte: from + size } })
        .project<CommitHead>(headOnly)
        .sort({ position: -1 })
        .limit(1)
        .toArray();
      known = top ?? known;
      if (!top || top.position! < from + size) return known;
    }
  }

  /** Which of these commits have their positions. */
  async function sequenced(ids: string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const found = await commits
      .find({ _id: { $in: ids }, pending: { $exists: false } })
      .project<CommitHead>({ _id: 1 });
    return new Set((await found.toArray()).map(({ _id }) => _id));
  }

  /** Resolves to whether every one of them was still pending, and every position free. */
  async function number(heads: CommitHead[], after: number): Promise<boolean> {
    const updates = heads.map(({ _id }, index): AnyBulkWriteOperation<CommitDocument> => {
      const update = { $set: { position: after + index + 1 }, $unset: { pending: true as const } };
      return { updateOne: { filter: { _id, pending: true }, update } };
    });
    try {
      const { matchedCount } = await commits.bulkWrite(updates, { ordered: true });
      return matchedCount === heads.length;
    } catch (error) {
      if (error instanceof MongoBulkWriteError && error.code === duplicateKey) return false;
      throw error;
    }
  }

  return {
    async pass() {
      const top = await highest();
      const listed = await commits.find({ pending: true }).project<CommitHead>(headOnly).toArray();
      const ids = new Set(listed.map(({ _id }) => _id));
      const elsewhere = listed.flatMap(({ previous }) => (previous && !ids.has(previous) ? [previous] : []));
      const heads = inOrder(listed, await sequenced(elsewhere), top);
      for (let done = 0; done < heads.length; done += page) {
        const next = heads.slice(done, done + page);
        if (!(await number(next, (top?.position ?? 0) + done))) return 'rival';
      }
      return 'done';
    },
    async pending() {
      const heads = await commits.find({ pending: true }).project<CommitHead>({ _id: 1 }).toArray();
      return heads.map(({ _id }) => _id);
    },
  };
}
