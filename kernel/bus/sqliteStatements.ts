import type { DatabaseSync } from 'node:sqlite';
import type { BusMessage, Parked, Received, Topic } from './port.ts';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS messages (
    offset INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL,
    headers TEXT NOT NULL, value BLOB NOT NULL, at INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS messages_by_topic ON messages (topic, offset);
  CREATE TABLE IF NOT EXISTS groups (name TEXT, topic TEXT, offset INTEGER NOT NULL, PRIMARY KEY (name, topic)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS parked (
    name TEXT NOT NULL, topic TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (name, topic, id)
  );
`;

/** A message with its place in the file. */
export interface Stored extends Received {
  offset: number;
}

export type BusStatements = ReturnType<typeof busStatements>;

/** The bus's SQL, prepared once. */
export function busStatements(db: DatabaseSync) {
  db.exec(schema);
  const insert = db.prepare('INSERT INTO messages (topic, id, key, headers, value, at) VALUES (?, ?, ?, ?, ?, ?)');
  const join = db.prepare('INSERT OR IGNORE INTO groups VALUES (?, ?, 0)');
  const offset = db.prepare('SELECT offset FROM groups WHERE name = ? AND topic = ?');
  const save = db.prepare('UPDATE groups SET offset = ? WHERE name = ? AND topic = ?');
  const next = db.prepare('SELECT * FROM messages WHERE topic = ? AND offset > ? ORDER BY offset LIMIT ?');
  const lag = db.prepare('SELECT COUNT(*) AS n FROM messages WHERE topic = ? AND offset > ?');
  const park = db.prepare('INSERT OR IGNORE INTO parked VALUES (?, ?, ?, ?, ?)');
  const parked = db.prepare('SELECT topic, name, id, reason, value FROM parked WHERE name = ?');
  const expire = db.prepare(`DELETE FROM messages WHERE at < ?
    AND offset <= (SELECT MIN(offset) FROM groups WHERE groups.topic = messages.topic)`);
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((text) => db.prepare(text));
  // offsets ride with the next send: one lost in a crash only means that a group gets a batch again
  const moved = new Map<string, { group: string; topic: Topic; at: number }>();
  const stored = (group: string, topic: Topic) => (offset.get(group, topic) as { offset: number } | undefined)?.offset;
  const offsetOf = (group: string, topic: Topic) => moved.get(`${group} ${topic}`)?.at ?? stored(group, topic) ?? 0;
  return {
    transaction(work: () => void): void {
      begin!.run();
      try {
        work();
        for (const { group, topic, at } of moved.values()) save.run(at, group, topic);
        commit!.run();
        moved.clear();
      } catch (error) {
        rollback!.run();
        throw error;
      }
    },
    insert(topic: Topic, { id, key, headers, value }: BusMessage, at: number) {
      insert.run(topic, id, key, JSON.stringify(headers), value, at);
    },
    join(group: string, topics: readonly Topic[]) {
      for (const topic of topics) join.run(group, topic);
    },
    next(group: string, topic: Topic, limit: number): Stored[] {
      const rows = next.all(topic, offsetOf(group, topic), limit) as unknown as (Stored & { headers: string })[];
      return rows.map(({ id, key, headers, value, offset: at }) => ({
        topic,
        id,
        key,
        headers: JSON.parse(headers),
        value,
        offset: at,
      }));
    },
    save: (group: string, topic: Topic, at: number) => void moved.set(`${group} ${topic}`, { group, topic, at }),
    lag: (group: string, topic: Topic) => (lag.get(topic, offsetOf(group, topic)) as { n: number }).n,
    park: ({ group, topic, id, reason, value }: Parked) => void park.run(group, topic, id, reason, value),
    parked(group: string): Parked[] {
      const rows = parked.all(group) as unknown as (Parked & { name: string })[];
      return rows.map(({ topic, name, id, reason, value }) => ({ topic, group: name, id, reason, value }));
    },
    expire: (before: number) => void expire.run(before),
  };
}
