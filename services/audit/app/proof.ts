import { Failure } from '../../../kernel/errors.ts';
import { formatAnchored } from '../../../kernel/merkle/anchored.ts';
import { decodeBase64, encodeBase64, sameBytes } from '../../../kernel/merkle/base64.ts';
import { leafHash } from '../../../kernel/merkle/hash.ts';
import { type NoteSigner, nameOf } from '../../../kernel/merkle/note.ts';
import { inclusionProof, nodesOfInclusion, verifyInclusion } from '../../../kernel/merkle/proof.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { BatchAnchored, CheckpointPublished, SequencedEntry } from '../domain/event.ts';
import { commitment } from './batch.ts';
import { loadNodes } from './tiles.ts';
import { anchorOf, checkpointOf } from './views.ts';

/** All that an offline verifier needs; docs/proof-format.md. Bytes in base64. */
export interface ProofFile {
  format: 'healthchain.proof.v1';
  vkey: string;
  event: string;
  salt: string;
  index: number;
  path: string[];
  checkpoint: string;
  ledger: { batch: number; transaction: string; block: number; start: number; size: number; root: string };
  /** Signed note of `ledger`. */
  anchored: string;
}

/**
 * The proof of an entry, under the checkpoint of its own batch; verified here before it is handed out.
 * @throws Failure `unavailable` while the batch is not anchored, `exception` where the proof does not hold
 */
export async function proofOf(
  entry: SequencedEntry,
  views: Views,
  signer: NoteSigner,
  onProblem: (problem: string) => void,
): Promise<ProofFile> {
  const checkpoint = await checkpointOf(views, entry.batch);
  const anchor = await anchorOf(views, entry.batch);
  if (!checkpoint || !anchor)
    throw new Failure('unavailable', 'This entry is not anchored on the ledger yet; ask again shortly.');
  const { event, salt, batch, at } = entry;
  const index = checkpoint.start + at;
  const node = await loadNodes(views, nodesOfInclusion(index, checkpoint.size), checkpoint.size);
  const path = inclusionProof(index, checkpoint.size, node);
  if (!holds(entry, index, path, checkpoint, anchor)) {
    onProblem(`the tiles of the audit log do not prove entry ${index}: verify the data folder, rebuild the views`);
    throw new Failure('exception', 'The proof of this entry does not hold: the operator has been told.');
  }
  const { transaction, block, start, size, root } = anchor;
  const ledger = { batch, transaction, block, start, size };
  const text = formatAnchored(nameOf(signer.vkey), { ...ledger, root: decodeBase64(root)! });
  return {
    ...{ format: 'healthchain.proof.v1', vkey: signer.vkey, event, salt, index, path: path.map(encodeBase64) },
    checkpoint: checkpoint.note,
    ledger: { ...ledger, root },
    anchored: await signer.sign(text),
  };
}

function holds(
  { event, salt }: SequencedEntry,
  index: number,
  path: Uint8Array[],
  { size, root }: CheckpointPublished,
  anchor: BatchAnchored,
): boolean {
  const entry = commitment(Buffer.from(salt, 'base64'), Buffer.from(event, 'base64'));
  const [signed, anchored] = [decodeBase64(root)!, decodeBase64(anchor.root)!];
  const agreed = size === anchor.size && sameBytes(signed, anchored);
  return agreed && verifyInclusion(path, index, size, leafHash(entry), signed);
}
