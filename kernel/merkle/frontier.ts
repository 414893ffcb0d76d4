import { emptyRoot, nodeHash } from './hash.ts';

/**
 * The frontier of a tree: the hashes of the perfect subtrees it is made of, largest first; one for each bit set in its
 * size. It is all that appending needs.
 */
export type Frontier = readonly Uint8Array[];

/** The RFC 6962 root of a tree of `size` leaves with this frontier. Throws RangeError where they do not fit. */
export function rootOf(frontier: Frontier, size: number): Uint8Array {
  fits(frontier, size);
  if (size === 0) return emptyRoot();
  return frontier.reduceRight((right, left) => nodeHash(left, right));
}

/**
 * Appends leaf hashes to a tree of `size` leaves.
 * @returns the new frontier and root; the arguments stay as they are
 */
export function appendLeaves(
  frontier: Frontier,
  size: number,
  leaves: readonly Uint8Array[],
): { frontier: Uint8Array[]; root: Uint8Array } {
  fits(frontier, size);
  const grown = [...frontier];
  let count = size;
  for (const leaf of leaves) {
    let hash = leaf;
    // as many trailing ones as the count has in binary, so many perfect subtrees merge
    for (let bits = count; bits % 2 === 1; bits = Math.floor(bits / 2)) hash = nodeHash(grown.pop()!, hash);
    grown.push(hash);
    count += 1;
  }
  return { frontier: grown, root: rootOf(grown, count) };
}

function fits(frontier: Frontier, size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is not a tree size`);
  const ones = [...size.toString(2)].filter((bit) => bit === '1').length;
  if (frontier.length !== ones)
    throw new RangeError(`a tree of ${size} leaves has ${ones} subtrees, not ${frontier.length}`);
}
