import { Failure } from '../../../kernel/errors.ts';
import type { Hierarchy } from './hierarchy.ts';

/** Sets of codes after k^m-anonymisation: one cut through the hierarchy for all sets. */
export interface SetRecoding {
  /** By code: the node that is published for it, or −1 where nothing is. */
  cut: Int32Array;
  /** By row: the published nodes, ascending. */
  sets: number[][];
  /** Mean over all codes in sets of (leaves under the published node − 1) / (leaves − 1); withheld ones count 1. */
  ncp: number;
}

/**
 * k^m-anonymity of sets (Terrovitis, Mamoulis and Kalnis 2008): every combination of up to m published nodes that one
 * row has, at least k rows have. Nodes are raised, together with all codes under their parent, until that holds; where
 * not even the root has k rows, nothing is published.
 * @param rows codes of the hierarchy; a code twice in a row counts once
 * @throws Failure `value` where k or m is no whole number from 1 on, `not-supported` where m is too large to count
 */
export function recodeSets(rows: readonly (readonly number[])[], hierarchy: Hierarchy, k: number, m = 2): SetRecoding {
  if (![k, m].every((each) => Number.isSafeInteger(each) && each >= 1))
    throw new Failure('value', 'k and m must be whole numbers, at least 1.');
  const cut = Int32Array.from({ length: hierarchy.leaves }, (_, code) => code);
  const uses = new Int32Array(hierarchy.leaves);
  for (const row of rows) for (const code of new Set(row)) uses[code]!++;
  const radix = hierarchy.labels.length;
  if (radix ** m > Number.MAX_SAFE_INTEGER) throw new Failure('not-supported', 'm is too large for so many codes.');
  for (let size = 1; size <= m; size++) {
    const rare = () => rareCombinations(rows, cut, radix, size, k);
    for (let open = rare(); open.length; open = rare()) raise(open, hierarchy, cut, uses);
  }
  return { cut, sets: rows.map((row) => published(row, cut)), ncp: lossOfCut(hierarchy, cut, uses) };
}

const published = (row: readonly number[], cut: Int32Array) =>
  Array.from(new Set(row.map((code) => cut[code]!).filter((node) => node >= 0))).sort((a, b) => a - b);

/** The combinations of `size` published nodes that fewer than k rows have, and at least one. */
function rareCombinations(
  rows: readonly (readonly number[])[],
  cut: Int32Array,
  radix: number,
  size: number,
  k: number,
) {
  const counts = new Map<number, number>();
  const count = (nodes: readonly number[], from: number, left: number, key: number): void => {
    if (left === 0) return void counts.set(key, (counts.get(key) ?? 0) + 1);
    for (let index = from; index <= nodes.length - left; index++)
      count(nodes, index + 1, left - 1, key * radix + nodes[index]!);
  };
  for (const row of rows) count(published(row, cut), 0, size, 0);
  const rare: number[][] = [];
  for (const [key, having] of counts) if (having < k) rare.push(digits(key, radix, size));
  return rare;
}

function digits(key: number, radix: number, size: number): number[] {
  const nodes: number[] = [];
  for (let rest = key; nodes.length < size; rest = Math.floor(rest / radix)) nodes.unshift(rest % radix);
  return nodes;
}

/** Raises parents in the order of rare combinations touched by NCP added, until every rare combination is touched. */
function raise(rare: number[][], hierarchy: Hierarchy, cut: Int32Array, uses: Int32Array): void {
  for (let open = rare; open.length; ) {
    const touched = new Map<number, number>();
    for (const nodes of open)
      for (const parent of new Set(nodes.map((node) => hierarchy.parent[node]!)))
        if (parent >= 0) touched.set(parent, (touched.get(parent) ?? 0) + 1);
    if (!touched.size) return void cut.fill(-1);
    const rate = (parent: number) => touched.get(parent)! / addedLoss(hierarchy, cut, uses, parent);
    const best = Array.from(touched.keys()).sort((a, b) => rate(b) - rate(a) || a - b)[0]!;
    cut.fill(best, hierarchy.first[best]!, hierarchy.last[best]! + 1);
    open = open.filter((nodes) => !nodes.some((node) => isUnder(hierarchy, node, best)));
  }
}

function addedLoss({ first, last, loss }: Hierarchy, cut: Int32Array, uses: Int32Array, parent: number): number {
  let sum = 0;
  for (let code = first[parent]!; code <= last[parent]!; code++)
    sum += uses[code]! * (loss[parent]! - loss[cut[code]!]!);
  return sum;
}

const isUnder = ({ first, last }: Hierarchy, node: number, above: number) =>
  first[node]! >= first[above]! && last[node]! <= last[above]!;

function lossOfCut({ loss }: Hierarchy, cut: Int32Array, uses: Int32Array): number {
  let [sum, all] = [0, 0];
  for (const [code, rows] of uses.entries()) {
    sum += rows * (cut[code]! < 0 ? 1 : loss[cut[code]!]!);
    all += rows;
  }
  return all ? sum / all : 0;
}
