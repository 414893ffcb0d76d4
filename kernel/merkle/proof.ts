import { sameBytes } from './base64.ts';
import { emptyRoot, hashLength, nodeHash } from './hash.ts';
import { hashOfRange, type NodeId, type NodeReader, nodesOfRange, type Range } from './nodes.ts';

/**
 * PATH(index, D[size]) of RFC 6962 §2.1.1: the hashes that lead from a leaf to the root, the leaf's sibling first.
 * @param node must know the nodes that `nodesOfInclusion` lists
 * @throws RangeError where the tree has no such leaf
 */
export function inclusionProof(index: number, size: number, node: NodeReader): Uint8Array[] {
  return inclusionRanges(index, size).map((range) => hashOfRange(range, node));
}

/** The nodes that `inclusionProof` reads. */
export function nodesOfInclusion(index: number, size: number): NodeId[] {
  return inclusionRanges(index, size).flatMap(nodesOfRange);
}

/**
 * PROOF(oldSize, D[size]) of RFC 6962 §2.1.2; empty where the old tree is empty or the same.
 * @param node must know the nodes that `nodesOfConsistency` lists
 * @throws RangeError where the old tree is larger
 */
export function consistencyProof(oldSize: number, size: number, node: NodeReader): Uint8Array[] {
  return consistencyRanges(oldSize, size).map((range) => hashOfRange(range, node));
}

/** The nodes that `consistencyProof` reads. */
export function nodesOfConsistency(oldSize: number, size: number): NodeId[] {
  return consistencyRanges(oldSize, size).flatMap(nodesOfRange);
}

/**
 * Whether the path leads from the leaf at `index` to the root of a tree of `size` leaves (RFC 9162 §2.1.3.2).
 * Never throws.
 */
export function verifyInclusion(
  path: readonly Uint8Array[],
  index: number,
  size: number,
  leafHash: Uint8Array,
  root: Uint8Array,
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || ![leafHash, root, ...path].every(isHash)) return false;
  let [node, last] = [index, size - 1];
  let hash = leafHash;
  for (const sibling of path) {
    if (last === 0) return false;
    if (isRight(node) || node === last) {
      hash = nodeHash(sibling, hash);
      // up to where the node is a right child, or the root
      for (; !isRight(node) && node !== 0; node = parent(node)) last = parent(last);
    } else {
      hash = nodeHash(hash, sibling);
    }
    node = parent(node);
    last = parent(last);
  }
  return last === 0 && sameBytes(hash, root);
}

/**
 * Whether the tree of `size` leaves with `root` continues the one of `oldSize` leaves with `oldRoot`
 * (RFC 9162 §2.1.4.2; every tree continues the empty one). Never throws.
 */
export function verifyConsistency(
  path: readonly Uint8Array[],
  oldSize: number,
  oldRoot: Uint8Array,
  size: number,
  root: Uint8Array,
): boolean {
  if (!isCount(oldSize) || !isCount(size) || oldSize > size || ![oldRoot, root, ...path].every(isHash)) return false;
  if (oldSize === size) return path.length === 0 && sameBytes(oldRoot, root);
  if (oldSize === 0) return path.length === 0 && sameBytes(oldRoot, emptyRoot());
  const perfect = Number.isInteger(Math.log2(oldSize));
  const [first, ...rest] = perfect ? [oldRoot, ...path] : path;
  return first !== undefined && joins(first, rest, oldSize, size, oldRoot, root);
}

function joins(
  first: Uint8Array,
  rest: Uint8Array[],
  oldSize: number,
  size: number,
  oldRoot: Uint8Array,
  root: Uint8Array,
): boolean {
  let [node, last] = [oldSize - 1, size - 1];
  for (; isRight(node); node = parent(node)) last = parent(last);
  let [oldHash, hash] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isRight(node) || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      hash = nodeHash(sibling, hash);
      for (; !isRight(node) && node !== 0; node = parent(node)) last = parent(last);
    } else {
      hash = nodeHash(hash, sibling);
    }
    node = parent(node);
    last = parent(last);
  }
  return last === 0 && sameBytes(oldHash, oldRoot) && sameBytes(hash, root);
}

/** The subtrees beside the way from a leaf to the root, lowest first. */
function inclusionRanges(index: number, size: number): Range[] {
  if (!isCount(index) || !isCount(size) || index >= size)
    throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  const ranges: Range[] = [];
  for (let [from, to] = [0, size]; to - from > 1; ) {
    const middle = from + split(to - from);
    ranges.push(index < middle ? [middle, to] : [from, middle]);
    if (index < middle) to = middle;
    else from = middle;
  }
  return ranges.reverse();
}

/** SUBPROOF of RFC 6962 §2.1.2 as the subtrees it hashes, lowest first. */
function consistencyRanges(oldSize: number, size: number): Range[] {
  if (!isCount(oldSize) || !isCount(size) || oldSize > size)
    throw new RangeError(`a tree of ${size} leaves does not continue one of ${oldSize}`);
  if (oldSize === 0) return [];
  const ranges: Range[] = [];
  let [from, to] = [0, size];
  while (oldSize !== to) {
    const middle = from + split(to - from);
    ranges.push(oldSize <= middle ? [middle, to] : [from, middle]);
    if (oldSize <= middle) to = middle;
    else from = middle;
  }
  if (from > 0) ranges.push([from, to]); // at 0 it is the old tree itself, which the verifier has
  return ranges.reverse();
}

/** The largest power of two below n > 1. */
function split(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
const isHash = (value: Uint8Array) => value instanceof Uint8Array && value.length === hashLength;
const isRight = (index: number) => index % 2 === 1;
const parent = (index: number) => Math.floor(index / 2);
