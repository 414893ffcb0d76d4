import { createHash, sign, verify } from 'node:crypto';
import { privateKey, publicKey, rawPublicKey } from '../keys/raw.ts';
import type { ContractEvent, ContractName } from './port.ts';

/** A transaction as its block keeps it. Transient data is not among it. */
export interface Executed {
  id: string;
  contract: ContractName;
  fn: string;
  args: string[];
  /** The organisation that submitted it. */
  caller: string;
  result: string;
  writes: { key: string; value: string }[];
  events: { name: string; payload: string }[];
}

export interface Block {
  /** From 0, consecutive. */
  number: number;
  /** SHA-256 of the bytes of the block before, hex; 64 zeros in block 0. */
  previous: string;
  /** Milliseconds since the epoch; never less than the block before. */
  time: number;
  organization: string;
  /** Raw Ed25519 public key of the organisation, base64; the same in every block. */
  key: string;
  transactions: Executed[];
}

/** A block as it is stored: the JSON in UTF-8 that was hashed, byte for byte, and the signature over its hash. */
export interface StoredBlock {
  number: number;
  bytes: Uint8Array;
  /** Ed25519 (RFC 8032) over `domain` ‖ SHA-256(bytes). */
  signature: Uint8Array;
}

/** Keeps a signature over a block from being one over anything else. */
const domain = Buffer.from('healthchain ledger block v1\n');
export const noBlock = '0'.repeat(64);

export const blockHash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const signedBytes = (bytes: Uint8Array) => Buffer.concat([domain, createHash('sha256').update(bytes).digest()]);

export interface Signer {
  /** Raw public key, base64. */
  key: string;
  seal(block: Block): StoredBlock;
}

/** @param seed raw Ed25519 private key, 32 bytes */
export function signer(seed: Uint8Array): Signer {
  const key = privateKey('ed25519', seed);
  return {
    key: Buffer.from(rawPublicKey(key)).toString('base64'),
    seal(block) {
      const bytes = Buffer.from(JSON.stringify(block));
      return { number: block.number, bytes, signature: sign(null, signedBytes(bytes), key) };
    },
  };
}

/** Whether the signature is one of `key` (raw public key, base64) over these bytes. Never throws. */
export function signedBy(key: string, { bytes, signature }: StoredBlock): boolean {
  try {
    return verify(null, signedBytes(bytes), publicKey('ed25519', Buffer.from(key, 'base64')), signature);
  } catch {
    return false;
  }
}

/** @throws SyntaxError where the bytes are not a block's JSON */
export const parseBlock = (bytes: Uint8Array): Block => JSON.parse(Buffer.from(bytes).toString());

/** The contract events of a block, in order. */
export const eventsOf = (block: Block): ContractEvent[] =>
  block.transactions.flatMap(({ id, contract, events }) =>
    events.map((event) => ({ block: block.number, transactionId: id, contract, ...event })),
  );
