import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ViewDocument, Views } from '../../../kernel/views/port.ts';
import { mayRead, type Reader, visiblePatients } from '../domain/trail.ts';
import { auditEventOf } from './balp/auditEvent.ts';
import { concernedBy, type EntryOpener, type OpenedEntry } from './entries.ts';
import { matches } from './match.ts';
import type { TrailQuery } from './query.ts';
import { placeOf } from './views.ts';

/** One page of the trail. */
export interface TrailPage {
  entries: OpenedEntry[];
  /** Where the next page begins; absent on the last. */
  next?: { sort: number; id: string };
}

interface Parts {
  views: Views;
  open: EntryOpener;
  baseUrl: string;
  reader: Reader;
  /** Keys of the index that narrow it to what may concern the reader. */
  where: Record<string, string>;
}

/** Index documents looked at for one page at most; a page that ends there has a next link all the same. */
const mostScanned = 5_000;
const nameless = { person: () => undefined, organization: () => undefined };

/** Entries opened at a time: each may be a question to the store and to the key service. */
const together = 25;

async function* opened(documents: readonly ViewDocument[], open: EntryOpener) {
  for (let at = 0; at < documents.length; at += together) {
    const part = documents.slice(at, at + together);
    const entries = await Promise.all(part.map((document) => open(placeOf(document))));
    for (const [index, document] of part.entries()) yield { document, entry: entries[index] };
  }
}

/** Walks the index in the order asked for, opens each entry and keeps what the reader may read and asked for. */
export async function searchTrail(query: TrailQuery, parts: Parts): Promise<TrailPage> {
  const { views, reader, where, open, baseUrl } = parts;
  const { from, to, descending, count } = query;
  const limit = query.filters.length > 0 ? 200 : count + 1;
  const entries: OpenedEntry[] = [];
  let after = query.after;
  let last = after;
  for (let scanned = 0; scanned < mostScanned; scanned += limit) {
    const documents = await views.find('events', { where, from, to, descending, after, limit });
    for await (const { document, entry } of opened(documents, open)) {
      after = { sort: document.sort, id: document.id };
      if (!entry || !mayRead(reader, concernedBy(entry)) || !asked(entry)) continue;
      if (entries.length === count) return { entries, ...(last && { next: last }) };
      entries.push(entry);
      last = after;
    }
    if (documents.length < limit) return { entries };
    await nextTurn();
  }
  return { entries, ...(after && { next: after }) };

  /** Compared with what the reader will see: a search must not tell what an answer hides. */
  function asked(entry: OpenedEntry): boolean {
    if (query.filters.length === 0) return true;
    const visible = visiblePatients(reader, concernedBy(entry));
    return matches(auditEventOf(entry.event, entry.detail, { baseUrl, names: nameless, visible }), query);
  }
}
