import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noteSigner } from '../../kernel/merkle/note.ts';
import { verifyProofFile } from './proof.ts';
import { proofOf, theLog } from './testing.ts';

const { vkey } = theLog;

test('a proof file proves its event, with the key it is trusted by', async () => {
  const proof = await proofOf(5);
  const proven = await verifyProofFile(proof, { vkey });
  assert.deepEqual(proven.event, {
    id: 'event-5',
    type: 'ACCESS_RECORDED',
    occurredAt: '2026-01-02T03:04:05.000Z',
    source: 'records',
  });
  assert.equal(proven.index, 5);
  assert.equal(proven.origin, 'example.com/log');
  assert.equal(proven.ledger.block, proof.ledger.block);
  assert.deepEqual(await verifyProofFile(proof, {}), proven);
});

test('no single flipped bit of the file is let pass', async () => {
  const bytes = Buffer.from(JSON.stringify(await proofOf(5), undefined, 2));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await assert.rejects(async () => verifyProofFile(JSON.parse(damaged.toString()), { vkey }));
    }),
    { numRuns: 600 },
  );
});

test('each member is checked', async () => {
  const proof = await proofOf(5);
  const other = await proofOf(6);
  const { ledger } = proof;
  const stranger = await noteSigner('example.com/log', new Uint8Array(32).fill(8));
  const changes: Record<string, object> = {
    'another event': { event: other.event },
    'another salt': { salt: other.salt },
    'another index': { index: 6 },
    'another path': { path: other.path.slice(1) },
    'a checkpoint of another size': { checkpoint: await theLog.checkpoint(7) },
    'a checkpoint of another log': { checkpoint: await stranger.sign(`${proof.checkpoint.split('\n\n')[0]!}\n`) },
    'another block': { ledger: { ...ledger, block: ledger.block + 1 } },
    'another transaction': { ledger: { ...ledger, transaction: 'b'.repeat(64) } },
    'a batch that begins later': { ledger: { ...ledger, start: 6 } },
    'a note that is not about the ledger': { anchored: proof.checkpoint },
    'a key that did not sign': { vkey: stranger.vkey },
  };
  for (const [name, change] of Object.entries(changes))
    await assert.rejects(verifyProofFile({ ...proof, ...change }, {}), { code: 'invalid' }, name);
  await assert.rejects(verifyProofFile(proof, { vkey: stranger.vkey }), { code: 'invalid' });
});

test('what is not in the format is refused as such', async () => {
  const proof = await proofOf(5);
  for (const name of Object.keys(proof)) {
    const { [name as keyof typeof proof]: _, ...rest } = proof;
    await assert.rejects(verifyProofFile(rest, { vkey }), { code: 'structure' }, name);
  }
  const wrong = [undefined, null, 1, 'proof', [], {}, { ...proof, index: 1.5 }, { ...proof, path: 'AAAA' }];
  for (const each of [...wrong, { ...proof, format: 'v2' }, { ...proof, salt: 'not base64' }, { ...proof, ledger: 3 }])
    await assert.rejects(verifyProofFile(each, { vkey }), { code: 'structure' });
});
