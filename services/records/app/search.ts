import type { RecordsConfig } from '../config.ts';
import type { Fhir } from '../fhir/fhir.ts';
import type { Query } from '../fhir/query.ts';
import type { Page } from './answers.ts';
import { type Caller, requireScope } from './caller.ts';
import type { Contents } from './content.ts';
import { notForYou } from './decision.ts';
import type { Choice, Guard, Verdict } from './guard.ts';
import type { Includes } from './includes.ts';
import { pageOf, withCursor } from './paging.ts';
import type { Resources } from './resources.ts';
import type { Found, Scope } from './scope.ts';
import type { Entry } from './views.ts';

export interface Searcher {
  /**
   * One page.
   * @throws Failure `not-supported` and `value` for a search that is not understood, or across patients; `forbidden`
   * where all of a patient that it names is closed
   */
  search(caller: Caller, type: string, query: string): Promise<Page>;
  /** Every page, one after the other; each passes the guard by itself. */
  pages(caller: Caller, type: string, query: string): AsyncIterable<Page>;
}

interface Parts {
  guard: Guard;
  fhir: Fhir;
  scope: Scope;
  includes: Includes;
  contents: Contents;
  resources: Resources;
  config: Pick<RecordsConfig, 'SEARCH_PAGE' | 'SEARCH_PAGE_LIMIT'>;
  fhirBase: string;
}

/** A search as it was asked and understood. */
interface Asked {
  query: Query;
  text: string;
}

export function searcher(parts: Parts): Searcher {
  const { guard, fhir, scope, contents, resources, fhirBase } = parts;
  const sizes = { usual: parts.config.SEARCH_PAGE, largest: parts.config.SEARCH_PAGE_LIMIT };

  async function ask(caller: Caller, asked: Asked): Promise<Page> {
    const { query, text } = asked;
    requireScope(caller, query.type, 's');
    const found = await scope(query);
    const matching = fhir.inOrder(
      query,
      found.entries.filter(({ terms }) => fhir.matches(query, terms)),
    );
    const question = { caller, patients: found.patients, query: `${query.type}?${text}` };
    return guard.answer(question, (verdict) => {
      if (found.named.every(verdict.open)) return choose(caller, asked, { ...found, entries: matching }, verdict);
      return { entities: found.named.map((id) => ({ type: 'Patient', id })), refusal: notForYou() };
    });
  }

  /** The page of what the verdict leaves of the matches. */
  async function choose(caller: Caller, { query, text }: Asked, found: Found, verdict: Verdict): Promise<Choice<Page>> {
    const may = (entry: Entry) => verdict.permits(contents.guardedEntry(entry));
    const permitted = found.entries.filter(may);
    const { entries, next } = pageOf(permitted, query, sizes);
    const included = (await parts.includes(query, caller, found.patients, entries)).filter(may);
    const shown = [...entries, ...included];
    const texts = await resources.texts(shown);
    const matches = shown.map(({ type, id }, index) => {
      const mode = index < entries.length ? ('match' as const) : ('include' as const);
      return { type, id, json: shortened(texts[index]!, query), mode };
    });
    const total = query.total === 'none' ? {} : { total: permitted.length };
    return { ...accessed(shown), answer: { ...total, matches, links: linksOf(query.type, text, next) } };
  }

  /** As much of a resource as `_summary` and `_elements` want. */
  function shortened(json: string, query: Query): string {
    const isWhole = !query.elements && (query.summary === undefined || query.summary === 'false');
    return isWhole ? json : JSON.stringify(fhir.subset(JSON.parse(json), query));
  }

  function linksOf(type: string, text: string, next: string | undefined): Page['links'] {
    const url = (query: string) => `${fhirBase}/${type}${query && `?${query}`}`;
    const self = { relation: 'self' as const, url: url(text) };
    return next === undefined ? [self] : [self, { relation: 'next', url: url(withCursor(text, next)) }];
  }

  return {
    search: (caller, type, text) => ask(caller, { query: fhir.parseSearch(type, text), text }),
    async *pages(caller, type, text) {
      const query = fhir.parseSearch(type, text);
      for (let cursor = query.cursor; ; ) {
        const page = await ask(caller, { query: { ...query, ...(cursor !== undefined && { cursor }) }, text });
        yield page;
        const next = page.links.find(({ relation }) => relation === 'next');
        if (!next) return;
        cursor = new URL(next.url).searchParams.get('_cursor') ?? undefined;
      }
    },
  };
}

/** What was answered, for the record; and by whom, where it is one organisation's. */
export function accessed(entries: readonly Entry[]): Pick<Choice<never>, 'entities' | 'custodian'> {
  const [author, ...others] = new Set(entries.map((entry) => entry.author));
  const entities = entries.map(({ type, id, version }) => ({ type, id, version }));
  return { entities, ...(author && others.length === 0 && { custodian: author }) };
}
