import { nodeHash } from './hash.ts';

/** The root of the perfect subtree over leaves [index·2^level, (index+1)·2^level); level 0 is the leaves' hashes. */
export interface NodeId {
  level: number;
  index: number;
}

/** Gives a node's hash; throws where it does not have it. */
export type NodeReader = (level: number, index: number) => Uint8Array;

/** Leaves [from, to) of a tree, as RFC 6962 writes D[from:to]. */
export type Range = readonly [from: number, to: number];

/** The perfect subtrees that a range is made of, in order; none longer than the one before where `from` is aligned. */
export function nodesOfRange([from, to]: Range): NodeId[] {
  const nodes: NodeId[] = [];
  for (let at = from; at < to; ) {
    let [level, width] = [0, 1];
    while (at % (width * 2) === 0 && at + width * 2 <= to) {
      level += 1;
      width *= 2;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

/** MTH(D[from:to]) of RFC 6962 §2.1 for a range that is a subtree: `from` is a multiple of the power of two ≥ its length. */
export function hashOfRange(range: Range, node: NodeReader): Uint8Array {
  return nodesOfRange(range)
    .map(({ level, index }) => node(level, index))
    .reduceRight((right, left) => nodeHash(left, right));
}

/** The nodes whose hashes are the frontier of a tree of `size` leaves, largest first. */
export const nodesOfFrontier = (size: number): NodeId[] => nodesOfRange([0, size]);
