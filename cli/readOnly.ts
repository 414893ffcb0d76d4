import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/**
 * How to open a SQLite file so that nothing beside it is made or changed, and a folder without write access will do.
 * Without a write-ahead log nobody has it open, and it is read as it lies there; else as readers of a live one do.
 */
export function readOnlyLocation(file: string): string {
  const log = `${file}-wal`;
  if (existsSync(log) && statSync(log).size > 0) return file;
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return url.href;
}

export const openReadOnly = (file: string): DatabaseSync =>
  new DatabaseSync(readOnlyLocation(file), { readOnly: true });
