import { fromBinary } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { Failure } from '../../kernel/errors.ts';
import { formatAnchored, type LedgerPosition } from '../../kernel/merkle/anchored.ts';
import { sameBytes } from '../../kernel/merkle/base64.ts';
import { parseCheckpoint } from '../../kernel/merkle/checkpoint.ts';
import { leafHash, saltedHash } from '../../kernel/merkle/hash.ts';
import { nameOf, openNote } from '../../kernel/merkle/note.ts';
import { verifyInclusion } from '../../kernel/merkle/proof.ts';
import { EventTypeSchema, PublicEventSchema } from '../../proto/gen/healthchain/event/v1/event_pb.ts';
import { type ProofFile, parseProofFile } from './proofFile.ts';

/** What a proof file proves: that this event is this entry of this log, in a batch that the log says it anchored there. */
export interface Proven {
  event: { id: string; type: string; occurredAt: string; source: string };
  origin: string;
  /** The key that signed. */
  vkey: string;
  index: number;
  ledger: Omit<LedgerPosition, 'root'>;
}

/**
 * Verifies a proof file (docs/proof-format.md) with nothing but the log's verifier key. Runs in a browser too.
 * @param trusted.vkey the log's key as its operator published it; without it the key that the proof names, which
 *   proves only that the file is whole
 * @throws Failure `structure` where the file is not in the format, `invalid` where anything in it does not match
 */
export async function verifyProofFile(proof: unknown, trusted: { vkey?: string | undefined }): Promise<Proven> {
  const file = parseProofFile(proof);
  const vkey = trusted.vkey ?? file.vkey;
  check(vkey === file.vkey, 'the proof is of a log with another key');
  const origin = nameOf(vkey);
  verifyEntry(file, await signedRoot(file, origin));
  const anchored = await openNote(file.anchored, [vkey]);
  check(anchored === formatAnchored(origin, file.ledger), 'the log did not sign this ledger position');
  const { root: _, ...ledger } = file.ledger;
  return { event: eventOf(file.event), origin, vkey, index: file.index, ledger };
}

/** The size and root of the checkpoint, which must be the batch's. */
async function signedRoot({ checkpoint, vkey, ledger }: ProofFile, origin: string) {
  const signed = parseCheckpoint(await openNote(checkpoint, [vkey]));
  check(signed.origin === origin, 'the checkpoint is of another log');
  const same = signed.size === ledger.size && sameBytes(signed.root, ledger.root);
  check(same, 'the checkpoint is not at the end of the batch on the ledger');
  return signed;
}

function verifyEntry(
  { event, salt, index, path, ledger }: ProofFile,
  signed: { size: number; root: Uint8Array },
): void {
  const leaf = leafHash(saltedHash(salt, event));
  const included = verifyInclusion(path, index, signed.size, leaf, signed.root);
  check(included, 'the event is not the entry that the log holds at this index');
  check(index >= ledger.start, 'the entry is in an earlier batch');
}

function eventOf(bytes: Uint8Array): Proven['event'] {
  const { id, type, occurredAt, source } = fromBinary(PublicEventSchema, bytes);
  const time = occurredAt ? timestampDate(occurredAt).toISOString() : '';
  return { id, type: EventTypeSchema.value[type]?.localName ?? String(type), occurredAt: time, source };
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Failure('invalid', `The proof does not hold: ${otherwise}.`);
}
