import type { Task } from '../model.ts';
import { tuplesOf } from '../tuples.ts';

/**
 * What is partitioned: the distinct tuples of quasi-identifiers and sensitive value with their weights. A member can
 * be split in two so that equal rows may go to different classes.
 */
export interface Members {
  count: number;
  /** Member × quasi-identifier: the code. */
  codes: Int32Array;
  width: number;
  sensitive: Int32Array;
  weight: Int32Array;
  /** By member: the member that was split off it last, or −1. */
  next: Int32Array;
  /** By row: its member, before any split. */
  of: Int32Array;
}

export function membersOf({ quasi, sensitive, rows }: Task): Members {
  const columns = quasi.map(({ codes }) => codes);
  const { count, of, first, weight } = tuplesOf([...columns, sensitive], rows);
  const width = columns.length;
  const codes = new Int32Array(count * width);
  for (const [index, column] of columns.entries())
    for (let member = 0; member < count; member++) codes[member * width + index] = column[first[member]!]!;
  const next = new Int32Array(count).fill(-1);
  return { count, codes, width, sensitive: first.map((row) => sensitive[row]!), weight, next, of };
}

/** Splits `weight` rows off a member; returns the new member. */
export function splitOff(members: Members, member: number, weight: number): number {
  if (members.count === members.weight.length) grow(members);
  const { codes, width } = members;
  const added = members.count++;
  codes.copyWithin(added * width, member * width, (member + 1) * width);
  members.sensitive[added] = members.sensitive[member]!;
  members.weight[added] = weight;
  members.weight[member]! -= weight;
  members.next[added] = members.next[member]!;
  members.next[member] = added;
  return added;
}

function grow(members: Members): void {
  const capacity = members.count * 2 + 16;
  members.codes = grown(members.codes, capacity * members.width);
  members.sensitive = grown(members.sensitive, capacity);
  members.weight = grown(members.weight, capacity);
  members.next = grown(members.next, capacity);
}

/** A longer copy. */
export function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(array);
  return longer;
}

/** By row: the part of its member; of a member that was split, the first rows stay and the next ones follow the splits. */
export function partOfRows(members: Members, partOf: Int32Array): Int32Array {
  const { of, next } = members;
  const left = members.weight.slice(0, members.count);
  const at = Int32Array.from({ length: members.count }, (_, member) => member);
  return of.map((member) => {
    let current = at[member]!;
    while (left[current] === 0) current = next[current]!;
    at[member] = current;
    left[current]!--;
    return partOf[current]!;
  });
}
