import { hash } from 'node:crypto';
import { decodeBase64, encodeBase64 } from '../../../kernel/merkle/base64.ts';
import { appendLeaves, type Frontier, rootOf } from '../../../kernel/merkle/frontier.ts';
import { hashLength, leafHash } from '../../../kernel/merkle/hash.ts';
import type { BatchSequenced } from '../domain/event.ts';

/** Where the log ends. */
export interface LogHead {
  /** The newest batch; 0 where there is none. */
  batch: number;
  size: number;
  frontier: Frontier;
  root: Uint8Array;
}

export const emptyLog: LogHead = { batch: 0, size: 0, frontier: [], root: rootOf([], 0) };

/** SHA-256(salt ‖ event): all that the world ever learns of an event. */
export function commitment(salt: Uint8Array, event: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([salt, event]), 'buffer');
}

/** The batch that adds these commitments to the log, and where the log ends then. */
export function nextBatch(head: LogHead, commitments: readonly Uint8Array[]): { batch: BatchSequenced; head: LogHead } {
  const { frontier, root } = appendLeaves(head.frontier, head.size, commitments.map(leafHash));
  const batch: BatchSequenced = {
    type: 'BatchSequenced',
    batch: head.batch + 1,
    start: head.size,
    frontier: head.frontier.map(encodeBase64),
    commitments: Buffer.concat(commitments).toString('base64'),
    root: encodeBase64(root),
  };
  return { batch, head: { batch: batch.batch, size: head.size + commitments.length, frontier, root } };
}

/** Where the log ended after a batch. */
export function headAfter(batch: BatchSequenced): LogHead {
  const leaves = commitmentsOf(batch).map(leafHash);
  const before = batch.frontier.map((each) => decodeBase64(each)!);
  return { batch: batch.batch, size: sizeAfter(batch), ...appendLeaves(before, batch.start, leaves) };
}

export function commitmentsOf({ commitments }: BatchSequenced): Uint8Array[] {
  const bytes = Buffer.from(commitments, 'base64');
  return Array.from({ length: bytes.length / hashLength }, (_, at) =>
    bytes.subarray(at * hashLength, (at + 1) * hashLength),
  );
}

export const sizeAfter = ({ start, commitments }: BatchSequenced): number =>
  start + Buffer.byteLength(commitments, 'base64') / hashLength;
