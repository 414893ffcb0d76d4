import { type Collection, MongoBulkWriteError, type MongoClient } from 'mongodb';
import { WrongVersion } from '../errors.ts';
import { lanes } from '../lanes.ts';
import { type CommitDocument, commit, document } from './mongoCommits.ts';
import { duplicateKey, isTransient } from './mongoErrors.ts';
import type { Heads } from './mongoHeads.ts';
import type { Append, Commit } from './port.ts';

interface Waiting {
  commit: CommitDocument;
  resolve(commits: Commit[]): void;
  reject(error: unknown): void;
}

export interface Appender {
  append(appends: Append[], groupId: () => string): Promise<Commit[]>;
  /** Resolves once nothing is in flight. */
  settled(): Promise<void>;
}

/** How often an insert is tried whose answer was lost, each after the driver's own retry. */
const tries = 3;

/** Appends: of one stream by an insert, of several by a transaction. */
export function appender(client: MongoClient, commits: Collection<CommitDocument>, heads: Heads): Appender {
  const inserting = lanes<Waiting>(2, 200, insertGroup);
  const together = new Set<Promise<unknown>>();

  async function insertGroup(group: Waiting[]): Promise<void> {
    try {
      const wanted = group.map((each) => each.commit);
      const late = await heads.link(wanted);
      const fit = wanted.filter((each) => !late.includes(each));
      const lost = new Set([...late, ...(fit.length > 0 ? await insert(fit, tries) : [])]);
      for (const { commit: each, resolve, reject } of group) {
        if (lost.has(each)) reject(wrongVersion(each));
        else resolve([acknowledged(each)]);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** Resolves to the commits that lost a race; all others are stored. */
  async function insert(wanted: CommitDocument[], left: number): Promise<CommitDocument[]> {
    try {
      await commits.insertMany(wanted, { ordered: false });
      return [];
    } catch (error) {
      if (isTransient(error) && left > 1) return insert(wanted, left - 1);
      return withoutOurs(duplicates(error).map((index) => wanted[index]!));
    }
  }

  async function insertTogether(wanted: CommitDocument[]): Promise<Commit[]> {
    const [late] = await heads.link(wanted);
    if (late) throw wrongVersion(late);
    // in one order for everybody, so that of transactions that want the same streams one gets through
    const ordered = wanted.toSorted((a, b) => (a._id < b._id ? -1 : 1));
    try {
      await client.withSession((session) =>
        session.withTransaction(() => commits.insertMany(ordered, { session }), { timeoutMS: 15_000 }),
      );
    } catch (error) {
      const [lost] = await withoutOurs(duplicates(error).map((index) => ordered[index]!));
      if (lost) throw wrongVersion(lost);
    }
    return wanted.map(acknowledged);
  }

  /** Leaves out the commits that an earlier try of the same append stored, whose answer was lost. */
  async function withoutOurs(refused: CommitDocument[]): Promise<CommitDocument[]> {
    const ids = refused.map(({ _id }) => _id);
    const stored = commits.find({ _id: { $in: ids } }).project<CommitDocument>({ 'events.id': 1 });
    const ours = new Set((await stored.toArray()).map(({ events }) => events[0]!.id));
    return refused.filter(({ events }) => !ours.has(events[0]!.id));
  }

  function acknowledged(stored: CommitDocument): Commit {
    heads.seen(stored);
    return commit(stored);
  }

  return {
    append(appends, groupId) {
      const [only, ...more] = appends;
      if (more.length === 0) {
        const wanted = document(only!);
        return new Promise((resolve, reject) => inserting.add({ commit: wanted, resolve, reject }));
      }
      const [id, size] = [groupId(), appends.length];
      const done = insertTogether(appends.map((append, index) => document(append, { id, index, size })));
      together.add(done);
      return done.finally(() => together.delete(done));
    },
    async settled() {
      await Promise.all([inserting.settled(), Promise.allSettled(together)]);
    },
  };
}

const wrongVersion = ({ stream, first }: CommitDocument) => new WrongVersion(stream, first - 1);

/** Which of the inserted documents were there already. Throws the error where anything else went wrong as well. */
function duplicates(error: unknown): number[] {
  const errors = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
  const clean = errors.length > 0 && errors.every(({ code }) => code === duplicateKey);
  if (!clean || (error as MongoBulkWriteError).result.getWriteConcernError()) throw error;
  return errors.map(({ index }) => index);
}
