import { encodeBase64 } from '../../kernel/merkle/base64.ts';
import { appendLeaves, rootOf } from '../../kernel/merkle/frontier.ts';
import { leafHash } from '../../kernel/merkle/hash.ts';
import { invalid } from './invalid.ts';

/** Where a batch begins and ends: sizes of the tree, and its roots in base64. */
export interface Span {
  batch: number;
  start: number;
  size: number;
  oldRoot: string;
  root: string;
}

/**
 * Recomputes a batch from its own entries.
 * @param claimed.root what it says its tree's root is then
 * @throws Failure `invalid` where the entries give another, or the frontier is none of a tree of `start` leaves
 */
export function spanOf(
  batch: { batch: number; start: number; frontier: Uint8Array[]; entries: Uint8Array[]; root: string },
  by: string,
): Span {
  const { start, frontier, entries, root: claimed } = batch;
  const [oldRoot, root] = recomputed(frontier, start, entries, by);
  if (root !== claimed) throw invalid(`batch ${batch.batch} of ${by} is not what its entries give`);
  return { batch: batch.batch, start, size: start + entries.length, oldRoot, root };
}

function recomputed(frontier: Uint8Array[], start: number, entries: Uint8Array[], by: string) {
  try {
    const { root } = appendLeaves(frontier, start, entries.map(leafHash));
    return [encodeBase64(rootOf(frontier, start)), encodeBase64(root)] as const;
  } catch (error) {
    throw invalid(`a batch of ${by} is malformed: ${(error as Error).message}`);
  }
}

/** Throws Failure `invalid` unless these are batches 1 to `count`, and each begins where the one before ended. */
export function joined(spans: readonly Span[], count: number, by: string): void {
  let end = { batch: 0, size: 0, root: encodeBase64(rootOf([], 0)) };
  for (const span of spans) {
    const follows = span.batch === end.batch + 1 && span.start === end.size && span.oldRoot === end.root;
    if (!follows) throw invalid(`batch ${end.batch + 1} of ${by} does not begin where the one before ended`);
    end = span;
  }
  if (end.batch !== count) throw invalid(`batch ${end.batch + 1} of ${by} is missing`);
}
