import type { Hierarchy } from '../engine/hierarchy.ts';
import type { Recoding } from '../engine/recoding.ts';
import { recodeSets, type SetRecoding } from '../engine/sets.ts';

/** Several values per row, as k^m-anonymity leaves them. */
export interface PublishedSets {
  name: string;
  hierarchy: Hierarchy;
  k: number;
  m: number;
  recoding: SetRecoding;
}

/**
 * Recodes the sets of the rows that are released; those of suppressed rows hide nobody and count for nothing.
 * @param rows by row of the table: codes of the hierarchy
 */
export function releasedSets(
  { classOf }: Recoding,
  name: string,
  hierarchy: Hierarchy,
  rows: readonly (readonly number[])[],
  k: number,
  m = 2,
): PublishedSets {
  const released = rows.map((codes, row) => (classOf[row]! < 0 ? [] : codes));
  return { name, hierarchy, k, m, recoding: recodeSets(released, hierarchy, k, m) };
}

/** Of all combinations of up to m members that a set has: how many sets have the rarest; 0 where all are empty. */
export function leastSupport<Member>(sets: readonly (readonly Member[])[], m: number): number {
  const counts = new Map<string, number>();
  for (const set of sets)
    for (const combination of combinations([...new Set(set)], m)) {
      const key = JSON.stringify(combination);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  return counts.size ? counts.values().reduce((least, count) => Math.min(least, count)) : 0;
}

/** The members are in one order in all sets, so that equal combinations have equal texts. */
function combinations<Member>(members: readonly Member[], m: number): Member[][] {
  const sorted = [...members].sort();
  const found: Member[][] = [];
  const extend = (chosen: Member[], from: number): void => {
    if (chosen.length) found.push(chosen);
    if (chosen.length === m) return;
    for (let at = from; at < sorted.length; at++) extend([...chosen, sorted[at]!], at + 1);
  };
  extend([], 0);
  return found;
}
