import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../kernel/errors.ts';
import { hashLength } from '../../kernel/merkle/hash.ts';
import { entriesPath, parseTilePath, tilePath } from '../../kernel/merkle/tiles.ts';
import { invalid } from './invalid.ts';
import type { LogFiles } from './log.ts';

/** An entry of the audit log in a bundle: its length, and a commitment. */
const entryLength = 2 + hashLength;

/**
 * The log's files as the audit service's views keep them: under the path of the full tile or bundle, what there is of it
 * so far; the version tells how many hashes or entries that is.
 */
export function storedFiles(views: DatabaseSync): LogFiles {
  const find = views.prepare("SELECT version, body FROM documents WHERE collection = 'tiles' AND id = ?");
  return {
    async read(path) {
      const tile = parseTilePath(path)!;
      const entries = tile.level === 'entries';
      const id = entries ? entriesPath(tile.index) : tilePath(tile.level as number, tile.index);
      const found = find.get(id) as { version: number; body: Uint8Array } | undefined;
      const unit = entries ? entryLength : hashLength;
      if (!found || found.version < tile.width) throw new Failure('not-found', `The views have no ${path}.`);
      if (found.body.length !== found.version * unit) throw invalid(`${id} is cut off or too long in the views`);
      return found.body.subarray(0, tile.width * unit);
    },
  };
}

/** How many entries the views' bundles hold. */
export function storedSize(views: DatabaseSync): number {
  const bundles = views.prepare(
    "SELECT id, version FROM documents WHERE collection = 'tiles' AND id LIKE 'tile/entries/%'",
  );
  let size = 0;
  for (const { id, version } of bundles.iterate()) {
    const bundle = parseTilePath(id as string);
    if (bundle) size = Math.max(size, bundle.index * 256 + (version as number));
  }
  return size;
}
