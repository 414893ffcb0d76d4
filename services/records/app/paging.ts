import type { Query } from '../fhir/query.ts';
import type { Entry } from './views.ts';

/** How large pages are: where the client does not say, and at most. */
export interface PageSizes {
  usual: number;
  largest: number;
}

export interface Slice {
  entries: Entry[];
  /** `_cursor` of the next page; undefined on the last one. */
  next?: string;
}

/**
 * The page that is asked for. A cursor names the last resource of the page before, so that what is written meanwhile
 * shifts nothing; where that one is gone it counts.
 */
export function pageOf(
  entries: readonly Entry[],
  { count, offset, cursor, summary }: Pick<Query, 'count' | 'offset' | 'cursor' | 'summary'>,
  { usual, largest }: PageSizes,
): Slice {
  const size = summary === 'count' ? 0 : Math.min(count ?? usual, largest);
  const start = cursor === undefined ? offset : startAfter(entries, cursor);
  const own = entries.slice(start, start + size);
  const last = own.at(-1);
  if (!last || start + size >= entries.length) return { entries: own };
  return { entries: own, next: `${start + size}.${last.id}` };
}

function startAfter(entries: readonly Entry[], cursor: string): number {
  const dot = cursor.indexOf('.');
  const before = entries.findIndex(({ id }) => id === cursor.slice(dot + 1));
  return before >= 0 ? before + 1 : Number.parseInt(cursor, 10) || 0;
}

/** The search with its place moved to the next page. */
export function withCursor(query: string, cursor: string): string {
  const parameters = new URLSearchParams(query);
  parameters.delete('_offset');
  parameters.set('_cursor', cursor);
  return parameters.toString();
}
