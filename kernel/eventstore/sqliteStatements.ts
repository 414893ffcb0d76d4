import type { DatabaseSync } from 'node:sqlite';
import type { Commit, StoredEvent } from './port.ts';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS events (
    stream TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL,
    id TEXT NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, owner TEXT NOT NULL, data BLOB NOT NULL, trace TEXT,
    PRIMARY KEY (stream, version)
  );
  CREATE INDEX IF NOT EXISTS events_by_position ON events (position, version);
  CREATE TABLE IF NOT EXISTS cursors (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
`;

interface Row extends Omit<StoredEvent, 'trace'> {
  position: number;
  trace: string | null;
}

/** The store's SQL, prepared once. */
export function statements(db: DatabaseSync) {
  db.exec(schema);
  const known = db
    .prepare('PRAGMA table_info(events)')
    .all()
    .map(({ name }) => name);
  if (!known.includes('trace')) db.exec('ALTER TABLE events ADD COLUMN trace TEXT'); // of an earlier release
  const columns = 'stream, version, position, id, type, at, owner, data, trace';
  const insert = db.prepare(`INSERT INTO events (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const version = db.prepare('SELECT MAX(version) AS version FROM events WHERE stream = ?');
  const read = db.prepare(`SELECT ${columns} FROM events WHERE stream = ? AND version >= ? ORDER BY version LIMIT ?`);
  const last = db.prepare(`SELECT ${columns} FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1`);
  const range = `SELECT ${columns} FROM events WHERE position > ? AND position <= ? ORDER BY position, version`;
  const readAll = db.prepare(range);
  const lastPosition = db.prepare('SELECT MAX(position) AS position FROM events');
  const cursor = db.prepare('SELECT position FROM cursors WHERE name = ?');
  const save = db.prepare(
    'INSERT INTO cursors VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position',
  );
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((text) => db.prepare(text));
  return {
    begin: () => void begin!.run(),
    commit: () => void commit!.run(),
    rollback: () => void rollback!.run(),
    insert(position: number, { stream, version, id, type, at, owner, data, trace }: StoredEvent) {
      insert.run(stream, version, position, id, type, at, owner, data, trace ?? null);
    },
    version: (stream: string) => ((version.get(stream) as { version: number | null }).version ?? 0) as number,
    read: (stream: string, from: number, limit: number) =>
      (read.all(stream, from, limit) as unknown as Row[]).map(event),
    last(stream: string): StoredEvent | undefined {
      const row = last.get(stream) as unknown as Row | undefined;
      return row && event(row);
    },
    // positions are gap-free, so a bound on both ends is a limit
    readAll: (after: number, limit: number) => commits(readAll.all(after, after + limit) as unknown as Row[]),
    lastPosition: () => (lastPosition.get() as { position: number | null }).position ?? 0,
    cursor: (name: string) => (cursor.get(name) as { position: number } | undefined)?.position ?? 0,
    saveCursor: (name: string, position: number) => void save.run(name, position),
  };
}

const event = ({ position: _, trace, ...stored }: Row): StoredEvent => (trace ? { ...stored, trace } : stored);

/** Rows in order of position and version, as the commits they were appended in. */
function commits(rows: Row[]): Commit[] {
  const found: Commit[] = [];
  for (const row of rows) {
    const open = found.at(-1);
    if (open?.position === row.position) open.events.push(event(row));
    else found.push({ position: row.position, stream: row.stream, events: [event(row)] });
  }
  return found;
}
