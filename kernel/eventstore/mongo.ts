import type { Logger } from 'pino';
import { type Ids, randomIds } from '../clock.ts';
import { appender } from './mongoAppend.ts';
import { type CommitDocument, commit, commitsOf, createIndexes, storedEvents } from './mongoCommits.ts';
import { type MongoDatabase, noteSchema } from './mongoDatabase.ts';
import { startFailure, translated } from './mongoErrors.ts';
import { heads } from './mongoHeads.ts';
import { mongoLeases } from './mongoLeases.ts';
import { sequencing } from './mongoSequencing.ts';
import type { Commit, EventStore } from './port.ts';
import { wellFormed } from './wellFormed.ts';

/** A head that takes longer is an error: a question about consent is then denied. Milliseconds. */
const headLimit = 2000;

/**
 * The event store on MongoDB: one document per append, numbered afterwards by the sequencer. Several processes may open
 * the same database. `close` leaves the database open.
 */
export async function mongoEventStore(
  { client, db }: MongoDatabase,
  { log, ids = randomIds }: { log: Logger; ids?: Ids },
): Promise<EventStore> {
  const commits = commitsOf(db);
  const cursors = db.collection<{ _id: string; position: number }>('cursors');
  await Promise.all([noteSchema(db), createIndexes(commits)]).catch((error) => {
    throw startFailure(error);
  });
  const known = heads(commits);
  const appends = appender(client, commits, known);
  const order = sequencing(commits, log);

  /** The last commits of a page: an append of which a part has no position yet is held back. */
  async function whole(page: Commit[], last: CommitDocument | undefined): Promise<Commit[]> {
    if (!last?.group) return page;
    const { index, size } = last.group;
    const end = last.position! + size - 1 - index;
    if (end === last.position || (await commits.countDocuments({ position: end }, { limit: 1 })) > 0) return page;
    return page.slice(0, -(index + 1));
  }

  async function newest(stream: string, level: 'majority' | 'linearizable') {
    const options = { readConcern: { level }, maxTimeMS: headLimit } as const;
    const [found] = await commits.find({ stream }, options).sort({ last: -1 }).limit(1).toArray();
    if (found) known.seen(found);
    return found;
  }

  return translating({
    async append(wanted) {
      wellFormed(wanted);
      const stored = await appends.append(wanted, ids.uuid);
      order.wake();
      return stored;
    },
    async read(stream, { from = 1, limit = 0 } = {}) {
      const to = limit > 0 ? { first: { $lt: from + limit } } : {};
      const found = await commits
        .find({ stream, last: { $gte: from }, ...to })
        .sort({ last: 1 })
        .toArray();
      if (limit === 0 && found.length > 0) known.seen(found.at(-1)!);
      const events = found.flatMap(storedEvents).filter(({ version }) => version >= from);
      return limit > 0 ? events.slice(0, limit) : events;
    },
    async last(stream) {
      const found = await newest(stream, 'majority');
      return found && storedEvents(found).at(-1);
    },
    version: async (stream) => (await newest(stream, 'linearizable'))?.last ?? 0,
    async readAll(after, limit) {
      const found = await commits
        .find({ position: { $gt: after, $lte: after + limit } })
        .sort({ position: 1 })
        .toArray();
      return whole(found.map(commit), found.at(-1));
    },
    sequenced: order.sequenced,
    onAppend: order.onSequenced,
    cursor: async (name) => (await cursors.findOne({ _id: name }))?.position ?? 0,
    async saveCursor(name, position) {
      // one lost in a failover only means that a consumer sees some commits again
      const options = { upsert: true, writeConcern: { w: 1 } };
      await cursors.updateOne({ _id: name }, { $set: { position } }, options);
    },
    ...mongoLeases(db),
    async close() {
      await appends.settled();
      await order.stop();
    },
  });
}

/** Every method's driver errors become ours. */
function translating(store: EventStore): EventStore {
  const translate = <A extends unknown[], R>(method: (...args: A) => Promise<R>) => {
    return (...args: A): Promise<R> =>
      method(...args).catch((error) => {
        throw translated(error);
      });
  };
  return {
    append: translate(store.append),
    read: translate(store.read),
    last: translate(store.last),
    version: translate(store.version),
    readAll: translate(store.readAll),
    sequenced: translate(store.sequenced),
    onAppend: store.onAppend,
    cursor: translate(store.cursor),
    saveCursor: translate(store.saveCursor),
    lease: translate(store.lease),
    release: translate(store.release),
    close: store.close,
  };
}
