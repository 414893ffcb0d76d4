import { DatabaseSync } from 'node:sqlite';
import type { ViewDocument, Views, ViewWrite } from './port.ts';
import { type DocumentRow, findQuery, schema } from './sqliteQueries.ts';

interface Waiting {
  writes: ViewWrite[];
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The embedded views: one SQLite file, WAL, synchronous=NORMAL, since what a power loss takes is applied again from the
 * events. Writes that wait in one event-loop turn are one transaction.
 * @param file path of the database, or ':memory:'
 */
export function sqliteViews(file: string): Views {
  const db = new DatabaseSync(file);
  db.exec(schema);
  const sql = prepare(db);
  let waiting: Waiting[] = [];

  function flush(): void {
    const group = waiting;
    waiting = [];
    commitGroup(group);
  }

  /** Where the group fails as a whole, each is tried alone: one that cannot be stored takes nobody with it. */
  function commitGroup(group: Waiting[]): void {
    try {
      inTransaction(() => {
        for (const { writes } of group) for (const write of writes) apply(write);
      });
      for (const { resolve } of group) resolve();
    } catch (error) {
      if (group.length > 1) for (const one of group) commitGroup([one]);
      else group[0]?.reject(error);
    }
  }

  function inTransaction(work: () => void): void {
    sql.begin.run();
    try {
      work();
      sql.commit.run();
    } catch (error) {
      sql.rollback.run();
      throw error;
    }
  }

  function apply(write: ViewWrite): void {
    const { collection, id, version } = write;
    const [sort, body] = write.deleted ? [0, null] : [write.sort, write.body];
    if (sql.add.run(collection, id, version, sort, body).changes === 0) {
      if (sql.replace.run(version, sort, body, collection, id, version).changes === 0) return; // the same, or newer
      sql.removeKeys.run(collection, id);
    }
    if (write.deleted) return;
    for (const [key, values] of Object.entries(write.keys)) {
      for (const value of Array.isArray(values) ? values : [values]) sql.addKey.run(collection, key, value, sort, id);
    }
  }

  function document(collection: string, { id, version, sort, body }: DocumentRow): ViewDocument {
    const keys: Record<string, string | string[]> = {};
    for (const { key, value } of sql.keysOf.all(collection, id) as { key: string; value: string }[]) {
      const known = keys[key];
      keys[key] = known === undefined ? value : [known, value].flat();
    }
    return { id, version, sort, keys, body };
  }

  const found = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  function prepared(text: string) {
    const statement = found.get(text) ?? db.prepare(text);
    found.set(text, statement);
    return statement;
  }

  return {
    isShared: false,
    apply: (writes) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ writes, resolve, reject });
      }),
    async get(collection, id) {
      const row = sql.get.get(collection, id) as unknown as DocumentRow | undefined;
      return row && document(collection, row);
    },
    existing: async (collection, ids) => new Set(ids.filter((id) => sql.exists.get(collection, id))),
    async find(collection, find) {
      const { text, values } = findQuery(collection, find);
      const rows = prepared(text).all(...values) as unknown as DocumentRow[];
      return rows.map((row) => (find.keyless ? { ...row, keys: {} } : document(collection, row)));
    },
    async count(collection, where) {
      const { text, values } = findQuery(collection, { where }, 'COUNT(*) AS n');
      return (prepared(text).get(...values) as { n: number }).n;
    },
    async tally(collection, where) {
      const { text, values } = findQuery(collection, { where }, 'COUNT(*) AS documents, SUM(d.version) AS versions');
      const { documents, versions } = prepared(text).get(...values) as { documents: number; versions: number | null };
      return { documents, versions: versions ?? 0 };
    },
    async clear(collection) {
      inTransaction(() => {
        sql.clearDocuments.run(collection);
        sql.clearKeys.run(collection);
      });
    },
    position: async () => (sql.position.get() as { position: number } | undefined)?.position ?? 0,
    savePosition: async (position) => void sql.savePosition.run(position),
    async close() {
      if (waiting.length > 0) flush();
      db.close();
    },
  };
}

function prepare(db: DatabaseSync) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    add: db.prepare('INSERT INTO documents VALUES (?, ?, ?, ?, ?) ON CONFLICT (collection, id) DO NOTHING'),
    replace: db.prepare(
      'UPDATE documents SET version = ?, sort = ?, body = ? WHERE collection = ? AND id = ? AND version < ?',
    ),
    removeKeys: db.prepare('DELETE FROM keys WHERE collection = ? AND id = ?'),
    addKey: db.prepare('INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?, ?)'),
    keysOf: db.prepare('SELECT key, value FROM keys WHERE collection = ? AND id = ? ORDER BY key, value'),
    get: db.prepare(
      'SELECT id, version, sort, body FROM documents WHERE collection = ? AND id = ? AND body IS NOT NULL',
    ),
    exists: db.prepare('SELECT 1 FROM documents WHERE collection = ? AND id = ? AND body IS NOT NULL'),
    clearDocuments: db.prepare('DELETE FROM documents WHERE collection = ?'),
    clearKeys: db.prepare('DELETE FROM keys WHERE collection = ?'),
    position: db.prepare('SELECT position FROM position WHERE one = 1'),
    savePosition: db.prepare(
      'INSERT INTO position VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET position = excluded.position',
    ),
  };
}
