import { DatabaseSync } from 'node:sqlite';
import { type Block, blockHash, noBlock, parseBlock, type StoredBlock, signedBy } from './block.ts';

/** What `verifyChain` found. */
export type ChainReport = ({ valid: true } & Chain) | { valid: false; block?: number; problem: string };

export interface Chain {
  blocks: number;
  transactions: number;
  /** SHA-256 of the newest block, hex; keep it elsewhere to notice a chain that was cut short later. */
  head: string;
  /** Raw Ed25519 key that signed every block, base64; empty where there is no block. */
  publicKey: string;
}

/**
 * Verifies an embedded ledger's file without its server: every block's number, signature, place in the chain and time,
 * and that the contracts' state is what the blocks' writes add up to. Reads only.
 * @param publicKey raw Ed25519 key, base64, that must have signed; without it, the key that block 0 names. That the
 *   newest blocks are not missing shows only against a `head` kept elsewhere.
 */
export function verifyChain(file: string, publicKey?: string): ChainReport {
  let at: number | undefined;
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      db.exec('BEGIN'); // blocks and state of the same moment, while a platform writes
      const found: Chain = { blocks: 0, transactions: 0, head: noBlock, publicKey: publicKey ?? '' };
      const state = new Map<string, string>();
      let time = 0;
      for (const row of db.prepare('SELECT number, bytes, signature FROM blocks ORDER BY number').iterate()) {
        at = found.blocks;
        const block = follows(row as unknown as StoredBlock, found, time);
        time = block.time;
        replay(block, state);
      }
      at = undefined;
      compareState(db, state);
      return { valid: true, ...found };
    } finally {
      db.close();
    }
  } catch (error) {
    return { valid: false, ...(at !== undefined && { block: at }), problem: (error as Error).message };
  }
}

/** Checks a block against the chain before it, and adds it to `found`. */
function follows(stored: StoredBlock, found: Chain, time: number): Block {
  const key = found.publicKey || parseBlock(stored.bytes).key;
  assert(signedBy(key, stored), 'the signature does not match');
  const block = parseBlock(stored.bytes);
  assert(block.key === key, 'the block names another key');
  assert(stored.number === found.blocks && block.number === found.blocks, 'a block is missing or out of place');
  assert(block.previous === found.head, 'the block does not follow the one before it');
  assert(block.time >= time, 'the block is older than the one before it');
  found.publicKey = key;
  found.blocks++;
  found.transactions += block.transactions.length;
  found.head = blockHash(stored.bytes);
  return block;
}

function replay(block: Block, state: Map<string, string>): void {
  for (const { contract, writes } of block.transactions)
    for (const { key, value } of writes) state.set(stateKey(contract, key), value);
}

function compareState(db: DatabaseSync, state: Map<string, string>): void {
  let rows = 0;
  for (const row of db.prepare('SELECT contract, key, value FROM state').iterate()) {
    rows++;
    const expected = state.get(stateKey(row.contract as string, row.key as string));
    assert(expected === row.value, `the state of ${row.contract} differs from what the blocks wrote`);
  }
  assert(rows === state.size, 'entries of the state are missing');
}

const stateKey = (contract: string, key: string) => JSON.stringify([contract, key]);

function assert(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}
