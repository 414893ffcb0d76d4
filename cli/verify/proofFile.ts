import { Failure } from '../../kernel/errors.ts';
import type { LedgerPosition } from '../../kernel/merkle/anchored.ts';
import { decodeBase64 } from '../../kernel/merkle/base64.ts';

/** A proof file, decoded; see docs/proof-format.md. */
export interface ProofFile {
  vkey: string;
  /** The exact bytes of the `PublicEvent`. */
  event: Uint8Array;
  salt: Uint8Array;
  index: number;
  path: Uint8Array[];
  /** Signed notes. */
  checkpoint: string;
  anchored: string;
  ledger: LedgerPosition;
}

export const proofFormat = 'healthchain.proof.v1';

/** Reads the JSON of a proof file. Throws Failure `structure` that names what is missing or of the wrong kind. */
export function parseProofFile(json: unknown): ProofFile {
  const file = members(json, 'the proof');
  if (file.text('format') !== proofFormat) throw new Failure('structure', `This is not a proof in ${proofFormat}.`);
  const ledger = members(file.value('ledger'), 'ledger');
  return {
    vkey: file.text('vkey'),
    event: file.bytes('event'),
    salt: file.bytes('salt'),
    index: file.count('index'),
    path: file.list('path'),
    checkpoint: file.text('checkpoint'),
    anchored: file.text('anchored'),
    ledger: {
      batch: ledger.count('batch'),
      transaction: ledger.text('transaction'),
      block: ledger.count('block'),
      start: ledger.count('start'),
      size: ledger.count('size'),
      root: ledger.bytes('root'),
    },
  };
}

function members(json: unknown, where: string) {
  const object = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  function of<T>(name: string, what: string, read: (value: unknown) => T | undefined): T {
    const value = read(object[name]);
    if (value !== undefined) return value;
    throw new Failure('structure', `"${name}" of ${where} is not ${what}.`);
  }
  const bytesOf = (value: unknown) => (typeof value === 'string' ? decodeBase64(value) : undefined);
  return {
    value: (name: string) => object[name],
    text: (name: string) => of(name, 'a text', (value) => (typeof value === 'string' ? value : undefined)),
    bytes: (name: string) => of(name, 'base64', bytesOf),
    count: (name: string) =>
      of(name, 'a whole number', (value) => (Number.isSafeInteger(value) ? (value as number) : undefined)),
    list: (name: string) =>
      of(name, 'a list of base64', (value) => {
        const items = Array.isArray(value) ? value.map(bytesOf) : [undefined];
        return items.includes(undefined) ? undefined : (items as Uint8Array[]);
      }),
  };
}
