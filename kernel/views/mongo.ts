import { type ClientSession, MongoServerError } from 'mongodb';
import type { MongoDatabase } from '../eventstore/mongoDatabase.ts';
import { duplicateKey, translated } from '../eventstore/mongoErrors.ts';
import { lanes } from '../lanes.ts';
import { filterOf, guarded, rangesOf, type StoredDocument, stored, viewDocument } from './mongoDocuments.ts';
import type { Tally, Views, ViewWrite } from './port.ts';

interface Waiting {
  writes: ViewWrite[];
  resolve(): void;
  reject(error: unknown): void;
}

type Insertable = (writes: ViewWrite[]) => Set<ViewWrite>;
const nothing: Insertable = () => new Set();

/** Most likely these documents are not there yet: to insert one costs a fraction of a guarded upsert. */
const firsts: Insertable = (writes) => {
  const byId = Map.groupBy(writes, ({ id }) => id);
  return new Set(writes.filter(({ id, version, deleted }) => version === 1 && !deleted && byId.get(id)!.length === 1));
};

const isDuplicate = (error: unknown) => error instanceof MongoServerError && error.code === duplicateKey;

/**
 * Views on MongoDB: a collection `view.<name>` for each, written by upserts that are guarded by version, so that several
 * processes may write the same in any order. What waits goes together in one transaction. `close` leaves the database
 * open.
 */
export function mongoViews({ client, db }: MongoDatabase): Views {
  const about = db.collection<{ _id: string; position: number }>('about');
  const indexed = new Map<string, Promise<unknown>>();
  const writing = lanes<Waiting>(2, 500, writeGroup);
  const of = (name: string) => db.collection<StoredDocument>(`view.${name}`);

  /** A collection with its index, which its first write in this process makes. */
  async function withIndex(name: string): Promise<void> {
    const made = indexed.get(name) ?? of(name).createIndex({ keys: 1, sort: 1, _id: 1 }, { name: 'by_key' });
    indexed.set(name, made);
    await made.catch((error) => {
      indexed.delete(name);
      throw error;
    });
  }

  /** Where the group fails as a whole, each is tried alone: one that cannot be stored takes nobody with it. */
  async function writeGroup(group: Waiting[]): Promise<void> {
    try {
      await write(group.flatMap(({ writes }) => writes));
      for (const { resolve } of group) resolve();
    } catch (error) {
      if (group.length > 1) for (const one of group) await writeGroup([one]);
      else group[0]!.reject(translated(error));
    }
  }

  async function write(writes: ViewWrite[]): Promise<void> {
    const byCollection = Map.groupBy(writes, ({ collection }) => collection);
    await Promise.all([...byCollection.keys()].map(withIndex));
    const all = async (insertable: Insertable, session?: ClientSession) => {
      for (const [name, each] of byCollection) {
        const fresh = insertable(each);
        const others = each.filter((write) => !fresh.has(write));
        const options = session && { session };
        if (fresh.size > 0) await of(name).insertMany([...fresh].map(stored), options);
        if (others.length > 0) await of(name).bulkWrite(others.map(guarded), options);
      }
    };
    const together = (insertable: Insertable) =>
      client.withSession((session) => session.withTransaction(() => all(insertable, session), { timeoutMS: 15_000 }));
    if (writes.length === 1) await all(nothing);
    else if (writes.length > 1) {
      await together(firsts).catch((error) => {
        if (!isDuplicate(error)) throw error;
        return together(nothing); // some were there already
      });
    }
  }

  async function translating<T>(work: Promise<T>): Promise<T> {
    return work.catch((error) => {
      throw translated(error);
    });
  }

  return {
    isShared: true,
    apply: (writes) => new Promise((resolve, reject) => writing.add({ writes, resolve, reject })),
    async get(collection, id) {
      const found = await translating(of(collection).findOne({ _id: id, body: { $ne: null } }));
      return found ? viewDocument(found) : undefined;
    },
    async existing(collection, ids) {
      const found = of(collection).find({ _id: { $in: [...ids] }, body: { $ne: null } }, { projection: { _id: 1 } });
      return new Set((await translating(found.toArray())).map(({ _id }) => _id));
    },
    async find(collection, find) {
      const direction = find.descending ? -1 : 1;
      const found: StoredDocument[] = [];
      for (const range of rangesOf(find)) {
        const left = find.limit === undefined ? 0 : find.limit - found.length;
        if (find.limit !== undefined && left <= 0) break;
        const page = of(collection).find(range).sort({ sort: direction, _id: direction }).limit(left);
        found.push(...(await translating(page.toArray())));
      }
      return found.map(viewDocument);
    },
    count: async (collection, where) => translating(of(collection).countDocuments(filterOf(where))),
    async tally(collection, where) {
      const sum = { $group: { _id: null, documents: { $sum: 1 }, versions: { $sum: '$version' } } };
      const found = of(collection).aggregate<Tally>([{ $match: filterOf(where) }, sum]);
      const [{ documents, versions } = { documents: 0, versions: 0 }] = await translating(found.toArray());
      return { documents, versions };
    },
    clear: async (collection) => void (await translating(of(collection).deleteMany({}))),
    position: async () => (await translating(about.findOne({ _id: 'position' })))?.position ?? 0,
    async savePosition(position) {
      await translating(about.updateOne({ _id: 'position' }, { $set: { position } }, { upsert: true }));
    },
    close: () => writing.settled(),
  };
}
