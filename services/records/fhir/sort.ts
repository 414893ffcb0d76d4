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
export function compare(query: Query): (a: Terms, b: Terms) => number {
  const sorts = query.sort.length > 0 ? query.sort : newestFirst;
  const known = new WeakMap<Terms, Key[]>();
  const keysOf = (terms: Terms): Key[] => {
    const before = known.get(terms);
    if (before) return before;
    const keys = sorts.map((sort) => keyOf(sort, terms));
    known.set(terms, keys);
    return keys;
  };
  return (a, b) => {
    const [left, right] = [keysOf(a), keysOf(b)];
    for (const [index, { descending }] of sorts.entries()) {
      const order = compareKeys(left[index], right[index], descending);
      if (order !== 0) return order;
    }
    return compareKeys(a._id?.[0] as Key, b._id?.[0] as Key, false);
  };
}

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
