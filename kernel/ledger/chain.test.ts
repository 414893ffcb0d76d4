import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ConsentContract } from '../../contracts/consent.ts';
import { parseBlock, signer } from './block.ts';
import { verifyChain } from './chain.ts';
import { embeddedLedger } from './embedded.ts';

const folder = mkdtempSync(join(tmpdir(), 'chain-'));
after(() => rmSync(folder, { recursive: true }));
const original = join(folder, 'original.sqlite');
const copy = join(folder, 'copy.sqlite');
const seed = Buffer.alloc(32, 1);

before(async () => {
  const contracts = [new ConsentContract()];
  const ledger = embeddedLedger({
    file: original,
    signingKey: seed,
    organization: 'west',
    contracts,
    clock: { now: () => 7 },
  });
  for (let version = 1; version <= 4; version++) {
    const request = { policy: 'b'.repeat(64), version, state: 'granted', hash: 'a'.repeat(64), at: 1 };
    await ledger.submit({ contract: 'consent', fn: 'record', args: [JSON.stringify(request)] });
  }
  await ledger.close();
});

/** What verification says of a copy that was changed by SQL. */
function changed(change: (db: DatabaseSync) => void) {
  copyFileSync(original, copy);
  const db = new DatabaseSync(copy);
  change(db);
  db.close();
  return verifyChain(copy);
}
const blocks = (db: DatabaseSync) =>
  db.prepare('SELECT * FROM blocks ORDER BY number').all() as {
    number: number;
    bytes: Uint8Array;
    signature: Uint8Array;
  }[];

test('a chain verifies, and says what it holds', () => {
  const report = verifyChain(original, signer(seed).key);
  assert.ok(report.valid);
  assert.equal(report.blocks, 4);
  assert.equal(report.transactions, 4);
  assert.equal(report.publicKey, signer(seed).key);
  assert.equal(verifyChain(original).valid, true);
});

test('an empty chain is valid; a file that is none is not', () => {
  const file = join(folder, 'empty.sqlite');
  void embeddedLedger({ file, signingKey: seed, organization: 'west', contracts: [], clock: { now: () => 7 } }).close();
  assert.equal(verifyChain(file).valid, true);
  assert.equal(verifyChain(join(folder, 'none.sqlite')).valid, false);
});

test('another organisation’s key does not verify it', () => {
  assert.deepEqual(verifyChain(original, signer(Buffer.alloc(32, 2)).key), {
    valid: false,
    block: 0,
    problem: 'the signature does not match',
  });
});

test('one flipped bit in any block or signature is found, and where', () => {
  fc.assert(
    fc.property(fc.nat(3), fc.constantFrom('bytes' as const, 'signature' as const), fc.nat(), (block, column, at) => {
      const report = changed((db) => {
        const value = blocks(db)[block]![column];
        value[at % value.length]! ^= 1 << (at % 8);
        db.prepare(`UPDATE blocks SET ${column} = ? WHERE number = ?`).run(value, block);
      });
      assert.equal(report.valid, false);
      assert.equal(!report.valid && report.block, block);
    }),
  );
});

test('blocks taken out, changed in order or moved are found', () => {
  for (const sql of [
    'DELETE FROM blocks WHERE number = 0',
    'DELETE FROM blocks WHERE number = 2',
    'UPDATE blocks SET number = 9 WHERE number = 3',
    'UPDATE blocks SET number = number + 1000; UPDATE blocks SET number = number - 999',
    'UPDATE blocks SET number = 9 WHERE number = 1; UPDATE blocks SET number = 1 WHERE number = 2; UPDATE blocks SET number = 2 WHERE number = 9',
  ])
    assert.equal(changed((db) => db.exec(sql)).valid, false, sql);
});

test('the newest block taken out is found by the state that it left', () => {
  assert.equal(changed((db) => db.exec('DELETE FROM blocks WHERE number = 3')).valid, false);
});

test('a state that the blocks did not write is found', () => {
  for (const sql of [
    "UPDATE state SET value = replace(value, 'granted', 'revoked') WHERE key LIKE 'newest/%'",
    "DELETE FROM state WHERE key LIKE 'newest/%'",
    "INSERT INTO state VALUES ('consent', 'newest/x', '{}')",
    "UPDATE state SET contract = 'audit' WHERE key LIKE 'newest/%'",
  ])
    assert.equal(changed((db) => db.exec(sql)).valid, false, sql);
});

test('even the holder of the key cannot replace a block under those that follow it', () => {
  const report = changed((db) => {
    const block = parseBlock(blocks(db)[1]!.bytes);
    const { bytes, signature } = signer(seed).seal({ ...block, organization: 'other' });
    db.prepare('UPDATE blocks SET bytes = ?, signature = ? WHERE number = 1').run(bytes, signature);
  });
  assert.deepEqual(report, { valid: false, block: 2, problem: 'the block does not follow the one before it' });
});
