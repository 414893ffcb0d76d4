import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../../kernel/errors.ts';

/**
 * Writes a package as a new folder: all of it, durably, or nothing. Until it is whole it stands beside its place under
 * another name, where an interrupted earlier attempt is cleared away. One writer at a time for one folder.
 * @throws Failure `duplicate` where the folder is there already, `unavailable` where the disk is full
 */
export async function writePackage(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  if (await stat(folder).catch(() => undefined)) throw new Failure('duplicate', 'This package is already written.');
  const parent = dirname(folder);
  const partial = join(parent, `.${basename(folder)}.partial`);
  try {
    await mkdir(parent, { recursive: true });
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { mode: 0o700 });
    for (const [name, bytes] of files)
      await durably(await open(join(partial, name), 'wx', 0o600), (file) => file.writeFile(bytes));
    await durably(await open(partial));
    await rename(partial, folder);
    await durably(await open(parent));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw full(error)
      ? new Failure('unavailable', 'The disk is full; no package is written.', { cause: error })
      : error;
  }
}

async function durably(file: FileHandle, work?: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work?.(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** No space, no quota, or no room in what a file may hold. */
const full = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');
