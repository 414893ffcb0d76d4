import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventually } from './waiting.ts';

/** How long another process may take, milliseconds: it may compile Fabric. */
const patience = 10 * 60_000;

/**
 * Works while no other process works under the same lock file. The lock is the operating system's (that of SQLite's
 * files): it ends with its process, however that ends.
 * @param wait is told once where another process has it
 */
export async function exclusively<T>(file: string, work: () => Promise<T>, wait: () => void): Promise<T> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(file);
  let told = false;
  try {
    await eventually(`${file}, which another process has,`, patience, async () => {
      try {
        lock.exec('BEGIN EXCLUSIVE');
      } catch (error) {
        if (!told) wait();
        told = true;
        throw error;
      }
    });
    return await work();
  } finally {
    lock.close();
  }
}
