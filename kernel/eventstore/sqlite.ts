import { DatabaseSync } from 'node:sqlite';
import { Failure, WrongVersion } from '../errors.ts';
import { localLeases } from './leases.ts';
import type { Append, Commit, EventStore } from './port.ts';
import { statements } from './sqliteStatements.ts';
import { wellFormed } from './wellFormed.ts';

interface Waiting {
  appends: Append[];
  resolve(commits: Commit[]): void;
  reject(error: unknown): void;
}

/**
 * The embedded event store: one SQLite file, WAL, synchronous=FULL. All appends that wait in one event-loop turn are one
 * transaction with one sync; each is all or nothing by itself, and one that loses a race fails alone.
 * @param file path of the database, or ':memory:'
 */
export function sqliteEventStore(file: string): EventStore {
  const db = new DatabaseSync(file);
  const sql = statements(db);
  const listeners = new Set<() => void>();
  // cursors ride with the next group: one lost in a crash only means that a consumer sees some commits again
  const cursors = new Map<string, number>();
  let waiting: Waiting[] = [];

  function flush(): void {
    const group = waiting;
    waiting = [];
    commitGroup(group);
    for (const listener of listeners) listener();
  }

  /** Where the group fails as a whole, each is tried alone: one that cannot be stored takes nobody with it. */
  function commitGroup(group: Waiting[]): void {
    try {
      const outcomes = inTransaction(group);
      for (const [index, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[index]!;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      }
    } catch (error) {
      if (group.length > 1) for (const one of group) commitGroup([one]);
      else group[0]?.reject(error);
    }
  }

  function inTransaction(group: Waiting[]): (Commit[] | WrongVersion)[] {
    sql.begin();
    try {
      let position = sql.lastPosition();
      const outcomes = group.map(({ appends }) => insert(appends, () => ++position));
      for (const [name, at] of cursors) sql.saveCursor(name, at);
      sql.commit();
      cursors.clear();
      return outcomes;
    } catch (error) {
      if (db.isTransaction) sql.rollback(); // a full disk has ended it already
      throw isFull(error)
        ? new Failure('unavailable', 'The disk is full: nothing was written.', { cause: error })
        : error;
    }
  }

  /** Checks every stream before it writes any, so that a lost race needs no savepoint. */
  function insert(appends: Append[], nextPosition: () => number): Commit[] | WrongVersion {
    const late = appends.find(({ stream, expected }) => sql.version(stream) !== expected);
    if (late) return new WrongVersion(late.stream, late.expected);
    return appends.map(({ stream, expected, events }) => {
      const position = nextPosition();
      const stored = events.map((event, index) => ({ ...event, stream, version: expected + index + 1 }));
      for (const event of stored) sql.insert(position, event);
      return { position, stream, events: stored };
    });
  }

  return {
    append: (appends) =>
      new Promise((resolve, reject) => {
        wellFormed(appends);
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ appends, resolve, reject });
      }),
    read: async (stream, { from = 1, limit = -1 } = {}) => sql.read(stream, from, limit),
    last: async (stream) => sql.last(stream),
    version: async (stream) => sql.version(stream),
    readAll: async (after, limit) => sql.readAll(after, limit),
    sequenced: async () => {},
    onAppend(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    cursor: async (name) => cursors.get(name) ?? sql.cursor(name),
    saveCursor: async (name, position) => void cursors.set(name, position),
    ...localLeases(),
    async close() {
      if (waiting.length > 0 || cursors.size > 0) flush();
      db.close();
    },
  };
}

/** https://sqlite.org/rescode.html#full */
const isFull = (error: unknown): boolean => (error as { errcode?: number }).errcode === 13;
