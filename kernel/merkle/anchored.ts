import { encodeBase64 } from './base64.ts';

/** Where a log's batch stands on the ledger. */
export interface LedgerPosition {
  batch: number;
  /** The ledger's id of the transaction that anchored the batch, and the number of the block that holds it. */
  transaction: string;
  block: number;
  /** Size of the tree before the batch and after it, and the root after it. */
  start: number;
  size: number;
  root: Uint8Array;
}

/**
 * The text that a log signs, as a note, to say where it anchored a batch. Its first line keeps it from being a
 * checkpoint of any log.
 */
export function formatAnchored(origin: string, position: LedgerPosition): string {
  const { batch, transaction, block, start, size, root } = position;
  const lines = { batch, transaction, block, start, size, root: encodeBase64(root) };
  const stated = Object.entries(lines).map(([name, value]) => `${name} ${value}`);
  return ['healthchain.anchored.v1', origin, ...stated, ''].join('\n');
}
