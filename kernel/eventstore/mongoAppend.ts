import { type Collection, MongoBulkWriteError, type MongoClient } from 'mongodb';
import { WrongVersion } from '../errors.ts';
import { lru } from '../keys/lru.ts';
import { type CommitDocument, commit, document } from './mongoCommits.ts';
import { duplicateKey, isTransient, translated } from './mongoErrors.ts';
import type { Append, Commit } from './port.ts';

interface Waiting {
  commit: CommitDocument;
  resolve(commits: Commit[]): void;
  reject(error: unknown): void;
}

export interface Appender {
  append(appends: Append[], groupId: () => string): Promise<Commit[]>;
  /** Tells of a commit that was read, so that an append after it need not look for it. */
  seen(newest: Pick<CommitDocument, '_id' | 'stream' | 'last'>): void;
  /** Resolves once nothing is in flight. */
  settled(): Promise<void>;
}

/** Inserts in flight at once, and commits in each: what waits meanwhile goes together, and is synced together. */
const lanes = 2;
const largest = 200;

/** Appends: of one stream by an insert, of several by a transaction. */
export function appender(client: MongoClient, commits: Collection<CommitDocument>): Appender {
  /** Stream → its newest commit known. That a commit exists never changes, so that none of this can be wrong. */
  const newest = lru<{ _id: string; last: number }>(20_000);
  const inFlight = new Set<Promise<unknown>>();
  let waiting: Waiting[] = [];
  let inserting = 0;

  const seen: Appender['seen'] = ({ _id, stream, last }) => newest.set(stream, { _id, last });

  function pump(): void {
    while (inserting < lanes && waiting.length > 0) {
      const group = waiting.slice(0, largest);
      waiting = waiting.slice(largest);
      inserting += 1;
      void insertGroup(group).finally(() => {
        inserting -= 1;
        pump();
      });
    }
  }

  async function insertGroup(group: Waiting[]): Promise<void> {
    try {
      const lost = await insertUnlessLost(group.map((each) => each.commit));
      for (const each of group) {
        if (lost.has(each.commit)) each.reject(wrongVersion(each.commit));
        else each.resolve([acknowledged(each.commit)]);
      }
    } catch (error) {
      for (const { reject } of group) reject(translated(error));
    }
  }

  /** Resolves to the commits that are not at their stream's head; all others are stored. */
  async function insertUnlessLost(wanted: CommitDocument[]): Promise<Set<CommitDocument>> {
    const lost = await link(wanted);
    const fit = wanted.filter((each) => !lost.has(each));
    const ours = (failed: CommitDocument[]) => (failed.length > 0 ? storedBefore(failed) : new Set());
    for (let tries = 1; fit.length > 0; tries++) {
      try {
        await commits.insertMany(fit, { ordered: false });
        break;
      } catch (error) {
        if (isTransient(error) && tries < 3) continue;
        const failed = duplicates(error).map((index) => fit[index]!);
        const already = await ours(failed);
        for (const each of failed) if (!already.has(each)) lost.add(each);
        break;
      }
    }
    return lost;
  }

  /**
   * Names each commit's predecessor. One without is not at the head: so versions have no gaps, since a commit is written
   * only once its predecessor is on a majority. That it is the newest, the duplicate key decides.
   * @returns those without a predecessor
   */
  async function link(wanted: CommitDocument[]): Promise<Set<CommitDocument>> {
    const before = (each: CommitDocument) => each.first - 1;
    const unknown = wanted.filter((each) => before(each) > 0 && newest.get(each.stream)?.last !== before(each));
    const found = new Map<string, string>();
    if (unknown.length > 0) {
      const places = unknown.map((each) => ({ stream: each.stream, last: before(each) }));
      const heads = commits.find(places.length === 1 ? places[0]! : { $or: places }).project<CommitDocument>(place);
      for await (const { _id, stream, last } of heads) found.set(`${stream}@${last}`, _id);
    }
    const missing = new Set<CommitDocument>();
    for (const each of wanted) {
      if (before(each) === 0) continue;
      const id = unknown.includes(each) ? found.get(`${each.stream}@${before(each)}`) : newest.get(each.stream)?._id;
      if (id) each.previous = id;
      else missing.add(each);
    }
    return missing;
  }

  /** Those that an earlier try of the same append stored, whose answer was lost. */
  async function storedBefore(failed: CommitDocument[]): Promise<Set<unknown>> {
    const ids = new Map(failed.map((each) => [each.events[0]!.id, each]));
    const stored = commits.find({ _id: { $in: failed.map(({ _id }) => _id) } }).project<CommitDocument>({ events: 1 });
    const ours = new Set<unknown>();
    for await (const { events } of stored) ours.add(ids.get(events[0]!.id));
    return ours;
  }

  async function insertTogether(wanted: CommitDocument[]): Promise<Commit[]> {
    const [late] = await link(wanted);
    if (late) throw wrongVersion(late);
    // in one order for everybody, so that of transactions that want the same streams one gets through
    const ordered = wanted.toSorted((a, b) => (a._id < b._id ? -1 : 1));
    try {
      await client.withSession((session) =>
        session.withTransaction(() => commits.insertMany(ordered, { session }), { timeoutMS: 15_000 }),
      );
    } catch (error) {
      const failed = duplicates(error).map((index) => ordered[index]!);
      if (!(await storedBefore(failed)).has(failed[0])) throw wrongVersion(failed[0]!);
    }
    return wanted.map(acknowledged);
  }

  function acknowledged(stored: CommitDocument): Commit {
    seen(stored);
    return commit(stored);
  }

  function track<T>(work: Promise<T>): Promise<T> {
    const done = work.catch(() => {}).then(() => void inFlight.delete(done));
    inFlight.add(done);
    return work;
  }

  return {
    seen,
    append(appends, groupId) {
      const [only, ...more] = appends;
      if (more.length === 0) return track(new Promise((resolve, reject) => enqueue(document(only!), resolve, reject)));
      const [id, size] = [groupId(), appends.length];
      const together = appends.map((append, index) => document(append, { id, index, size }));
      return track(
        insertTogether(together).catch((error) => {
          throw translated(error);
        }),
      );
    },
    async settled() {
      while (inFlight.size > 0) await Promise.all(inFlight);
    },
  };

  function enqueue(wanted: CommitDocument, resolve: Waiting['resolve'], reject: Waiting['reject']): void {
    if (waiting.length === 0) setImmediate(pump);
    waiting.push({ commit: wanted, resolve, reject });
  }
}

const place = { stream: 1, last: 1 };

const wrongVersion = ({ stream, first }: CommitDocument) => new WrongVersion(stream, first - 1);

/** Which of the inserted documents were there already. Throws the error where anything else went wrong as well. */
function duplicates(error: unknown): number[] {
  const errors = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
  const clean = errors.length > 0 && errors.every(({ code }) => code === duplicateKey);
  if (!clean || (error as MongoBulkWriteError).result.getWriteConcernError()) throw error;
  return errors.map(({ index }) => index);
}
