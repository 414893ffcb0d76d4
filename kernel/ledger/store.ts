import { DatabaseSync } from 'node:sqlite';
import type { StoredBlock } from './block.ts';

/** The ledger's file: blocks as they were signed, and the contracts' state that their writes add up to. */
export interface LedgerStore {
  get(contract: string, key: string): string | undefined;
  /** Entries with `from` ≤ key < `to`, in the order of their UTF-8 bytes. */
  range(contract: string, from: string, to: string): [key: string, value: string][];
  block(number: number): StoredBlock | undefined;
  newest(): StoredBlock | undefined;
  begin(): void;
  put(contract: string, key: string, value: string): void;
  /** Adds the block to the transaction that is open and commits both, synced to the disk when it returns. */
  commit(block: StoredBlock): void;
  /** Undoes what is not committed; nothing where all is. */
  rollback(): void;
  close(): void;
}

export function ledgerStore(file: string): LedgerStore {
  const db = new DatabaseSync(file);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL, signature BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS state (contract TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (contract, key)) WITHOUT ROWID;
  `);
  const get = db.prepare('SELECT value FROM state WHERE contract = ? AND key = ?');
  const range = db.prepare('SELECT key, value FROM state WHERE contract = ? AND key >= ? AND key < ? ORDER BY key');
  const put = db.prepare('INSERT OR REPLACE INTO state VALUES (?, ?, ?)');
  const block = db.prepare('SELECT number, bytes, signature FROM blocks WHERE number = ?');
  const newest = db.prepare('SELECT number, bytes, signature FROM blocks ORDER BY number DESC LIMIT 1');
  const append = db.prepare('INSERT INTO blocks VALUES (?, ?, ?)');
  return {
    get: (contract, key) => get.get(contract, key)?.value as string | undefined,
    range: (contract, from, to) =>
      range.all(contract, from, to).map((row) => [row.key as string, row.value as string] as [string, string]),
    block: (number) => block.get(number) as StoredBlock | undefined,
    newest: () => newest.get() as StoredBlock | undefined,
    begin: () => db.exec('BEGIN IMMEDIATE'),
    put: (contract, key, value) => void put.run(contract, key, value),
    commit({ number, bytes, signature }) {
      append.run(number, bytes, signature);
      db.exec('COMMIT');
    },
    rollback() {
      if (db.isTransaction) db.exec('ROLLBACK');
    },
    close() {
      if (db.isOpen) db.close();
    },
  };
}
