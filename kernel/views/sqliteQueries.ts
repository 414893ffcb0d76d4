import type { Find } from './port.ts';

/** Documents, a null body being a tombstone; their keys, in the order that `find` answers in; how far views are applied. */
export const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort REAL NOT NULL, body BLOB,
    PRIMARY KEY (collection, id)
  );
  CREATE TABLE IF NOT EXISTS keys (
    collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, sort REAL NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (collection, key, value, sort, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS keys_by_document ON keys (collection, id);
  CREATE TABLE IF NOT EXISTS position (one INTEGER PRIMARY KEY, position INTEGER NOT NULL);
`;

export interface DocumentRow {
  id: string;
  version: number;
  sort: number;
  body: Uint8Array;
}

/** `find` as SQL: walks the keys of the first condition in order, and checks the others. Throws where there is none. */
export function findQuery(collection: string, find: Find, columns = 'd.id, d.version, d.sort, d.body') {
  const [first, ...others] = Object.entries(find.where);
  if (!first) throw new Error('find needs at least one key');
  const values: (string | number)[] = [collection, ...first];
  const clauses = ['k.collection = ? AND k.key = ? AND k.value = ?'];
  const add = (clause: string, ...more: (string | number)[]) => {
    clauses.push(clause);
    values.push(...more);
  };
  for (const other of others) {
    add(
      'EXISTS (SELECT 1 FROM keys o WHERE o.collection = k.collection AND o.id = k.id AND o.key = ? AND o.value = ?)',
      ...other,
    );
  }
  if (find.from !== undefined) add('k.sort >= ?', find.from);
  if (find.to !== undefined) add('k.sort <= ?', find.to);
  const [beyond, order] = find.descending ? ['<', 'DESC'] : ['>', 'ASC'];
  if (find.after) add(`(k.sort, k.id) ${beyond} (?, ?)`, find.after.sort, find.after.id);
  const text = `SELECT ${columns} FROM keys k JOIN documents d ON d.collection = k.collection AND d.id = k.id
    WHERE ${clauses.join(' AND ')} ORDER BY k.sort ${order}, k.id ${order} LIMIT ?`;
  return { text, values: [...values, find.limit ?? -1] };
}
