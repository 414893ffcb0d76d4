import { createHash } from 'node:crypto';
import type { NodeReader } from './nodes.ts';

/** RFC 6962 §2.1 by its recursive definitions, apart from the code under test; and a log to try them on. */
const sha256 = (...parts: Uint8Array[]) => new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());

/** The largest power of two below n > 1. */
const split = (n: number) => 2 ** (Math.ceil(Math.log2(n)) - 1);

/** MTH(D). */
export function treeHash(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0) return sha256();
  if (entries.length === 1) return sha256(Uint8Array.of(0), entries[0]!);
  const k = split(entries.length);
  return sha256(Uint8Array.of(1), treeHash(entries.slice(0, k)), treeHash(entries.slice(k)));
}

/** PATH(m, D). */
export function auditPath(m: number, entries: readonly Uint8Array[]): Uint8Array[] {
  if (entries.length === 1) return [];
  const k = split(entries.length);
  const [left, right] = [entries.slice(0, k), entries.slice(k)];
  return m < k ? [...auditPath(m, left), treeHash(right)] : [...auditPath(m - k, right), treeHash(left)];
}

/** SUBPROOF(m, D, whole). */
export function subproof(m: number, entries: readonly Uint8Array[], whole = true): Uint8Array[] {
  if (m === entries.length) return whole ? [] : [treeHash(entries)];
  const k = split(entries.length);
  const [left, right] = [entries.slice(0, k), entries.slice(k)];
  return m <= k ? [...subproof(m, left, whole), treeHash(right)] : [...subproof(m - k, right, false), treeHash(left)];
}

/** A log of entries; any two differ. */
export const entriesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, n) => sha256(Buffer.from(`entry ${n}`)));

/** The nodes of a log, each computed from the entries below it. */
export function nodesOfEntries(entries: readonly Uint8Array[]): NodeReader {
  return (level, index) => {
    const below = entries.slice(index * 2 ** level, (index + 1) * 2 ** level);
    if (below.length < 2 ** level) throw new RangeError(`no node ${index} at level ${level}`);
    return treeHash(below);
  };
}

/** The same bytes with one bit flipped. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  const at = bit % (8 * bytes.length);
  copy[Math.floor(at / 8)]! ^= 1 << (at % 8);
  return copy;
}
