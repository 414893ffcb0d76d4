import type { Contents } from './content.ts';
import type { Entry, Index } from './views.ts';

/** What entries refer to that is nobody's record: organisations, practitioners and the like. */
export type Directory = (entries: readonly Entry[]) => Promise<Entry[]>;

export function directory({ contents, index }: { contents: Contents; index: Index }): Directory {
  return async (entries) => {
    const references = new Set(entries.flatMap(({ facts }) => facts.references));
    const wanted = [...references].filter((reference) => contents.isDirectory(reference.split('/', 1)[0]!));
    const found = await Promise.all(wanted.map(index.get));
    return found.flatMap((indexed) => indexed?.entry ?? []);
  };
}
