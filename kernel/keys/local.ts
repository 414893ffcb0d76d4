import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../errors.ts';
import { open, seal } from './aead.ts';
import type { KeyService } from './port.ts';

type State = 'live' | 'destroyed';

/**
 * The key service of the embedded platform: one SQLite file of its own (mode 0600), held by one process at a time.
 * A destroyed key's bytes are overwritten in the file and in its journal before `destroy` resolves; see
 * docs/adr/0010-key-file-that-forgets.md. Back it up apart from the stores, or not at all.
 * @param file path, or ':memory:'
 */
export function localKeys(file: string): KeyService {
  const db = openFile(file);
  const states = new Map<string, State>();
  for (const row of db.prepare('SELECT name, live FROM keys').iterate())
    states.set(row.name as string, row.live ? 'live' : 'destroyed');
  const insert = db.prepare('INSERT INTO keys (name, live, key) VALUES (?, ?, ?)');
  const bytes = db.prepare('SELECT key FROM keys WHERE name = ?');
  const overwrite = db.prepare('UPDATE keys SET live = 0, key = zeroblob(32) WHERE name = ?');
  const findSecret = db.prepare('SELECT bytes FROM secrets WHERE name = ?');
  const insertSecret = db.prepare('INSERT INTO secrets (name, bytes) VALUES (?, ?)');

  function keyOf(name: string): KeyObject {
    const state = states.get(name);
    if (state === 'destroyed') throw destroyed();
    if (state === undefined) throw new Failure('not-found', 'There is no such key.');
    return createSecretKey(bytes.get(name)!.key as Uint8Array);
  }

  return {
    async create(name) {
      const state = states.get(name);
      if (state === 'destroyed') throw destroyed();
      if (state === 'live') return;
      insert.run(name, 1, randomBytes(32));
      states.set(name, 'live');
    },
    wrap: async (name, dataKey) => seal(keyOf(name), dataKey, name),
    async unwrap(name, wrapped) {
      const key = keyOf(name);
      try {
        return open(key, wrapped, name);
      } catch (cause) {
        throw new Failure('invalid', 'These bytes were not wrapped by this key.', { cause });
      }
    },
    exists: async (name) => states.get(name) === 'live',
    async destroy(name) {
      const state = states.get(name);
      if (state === 'destroyed') return;
      if (state === 'live') overwrite.run(name);
      else insert.run(name, 0, new Uint8Array(32));
      states.set(name, 'destroyed');
      wipeJournal(file);
    },
    async secret(name, make) {
      const stored = findSecret.get(name)?.bytes as Uint8Array | undefined;
      if (stored) return stored;
      const made = make();
      insertSecret.run(name, made);
      return made;
    },
    async close() {
      if (db.isOpen) db.close();
    },
  };
}

const destroyed = () => new Failure('deleted', 'This key was destroyed; what it protected cannot be opened any more.');

// Rows are never removed and never change their size: SQLite overwrites such a cell where it stands, so that no copy
// of a key is left behind by a page that was split or merged.
const schema = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA secure_delete = ON;
  PRAGMA journal_mode = PERSIST;
  PRAGMA synchronous = FULL;
  PRAGMA temp_store = MEMORY;
  CREATE TABLE IF NOT EXISTS keys (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, live INTEGER NOT NULL, key BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, bytes BLOB NOT NULL);
`;

function openFile(file: string): DatabaseSync {
  if (file !== ':memory:') {
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600); // the journal takes the mode of the file it belongs to
  }
  const db = new DatabaseSync(file);
  try {
    db.exec(schema);
    db.exec('BEGIN IMMEDIATE; COMMIT'); // takes the lock for good
  } catch (cause) {
    db.close();
    throw new Failure('unavailable', 'The key file cannot be opened; is another process using it?', { cause });
  }
  wipeJournal(file); // a crash may have come between a destroy's commit and its wipe
  return db;
}

/** Overwrites the idle journal, which holds the pages as they were before the last commit, with zeros. */
function wipeJournal(file: string): void {
  const journal = `${file}-journal`;
  if (!existsSync(journal)) return;
  const descriptor = openSync(journal, 'r+');
  writeSync(descriptor, new Uint8Array(fstatSync(descriptor).size), 0, undefined, 0);
  fsyncSync(descriptor);
  closeSync(descriptor);
}
