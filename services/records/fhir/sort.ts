import type { Range } from './dates.ts';
import { folded } from './match.ts';
import type { Query, Sort } from './query.ts';
import type { QuantityTerm, Term, Terms } from './terms.ts';

type Key = string | number | undefined;

const newestFirst: readonly Sort[] = [{ code: '_lastUpdated', type: 'date', descending: true }];

/**
 * The order that `_sort` asks for, newest first where it does not. What has no value comes last; among several values
 * the lowest counts, or the highest where the order descends; ties are in the order of ids.
 */
export function inOrder<T extends { terms: Terms }>(query: Query, found: readonly T[]): T[] {
  const sorts = query.sort.length > 0 ? query.sort : newestFirst;
  const keyed = found.map((each) => ({ each, keys: keysOf(sorts, each.terms) }));
  keyed.sort(({ keys: a }, { keys: b }) => {
    for (let at = 0; at < sorts.length; at += 1) {
      const order = compareKeys(a[at], b[at], sorts[at]!.descending);
      if (order !== 0) return order;
    }
    return compareKeys(a.at(-1), b.at(-1), false);
  });
  return keyed.map(({ each }) => each);
}

/** One key for each of the sorts, then the id. */
const keysOf = (sorts: readonly Sort[], terms: Terms): Key[] => [
  ...sorts.map((sort) => keyOf(sort, terms)),
  terms._id?.[0] as Key,
];

function compareKeys(a: Key, b: Key, descending: boolean): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b === descending ? 1 : -1;
}

function keyOf({ code, type, descending }: Sort, terms: Terms): Key {
  let chosen: Key;
  for (const term of terms[code] ?? []) {
    const key = keyOfTerm(type, term, descending);
    if (chosen === undefined || key < chosen !== descending) chosen = key;
  }
  return chosen;
}

function keyOfTerm(type: Sort['type'], term: Term, descending: boolean): string | number {
  if (type === 'date') return descending ? ((term as Range)[1] ?? Infinity) : ((term as Range)[0] ?? -Infinity);
  if (type === 'quantity') {
    const [low, high] = term as QuantityTerm;
    return descending ? (high ?? Infinity) : (low ?? -Infinity);
  }
  if (type === 'number') return term as number;
  const text = term as string;
  return type === 'string' ? folded(text) : text.slice(text.lastIndexOf('|') + 1);
}
