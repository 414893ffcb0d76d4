import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { parseCheckpoint } from '../../kernel/merkle/checkpoint.ts';
import { leafHash } from '../../kernel/merkle/hash.ts';
import { openNote } from '../../kernel/merkle/note.ts';
import { verifyInclusion } from '../../kernel/merkle/proof.ts';
import { auditWorld } from './testing/world.ts';

const bytes = (base64: string) => Buffer.from(base64, 'base64');

test('public events become leaves whose proofs verify under a signed checkpoint', async () => {
  const world = await auditWorld();
  try {
    const ids = await world.happened(...Array.from({ length: 300 }, () => ({ patients: ['p-ada'] })));
    await world.anchored(300);
    const vkey = (await world.server.inject('/log/vkey')).body.trim();
    for (const id of [ids[0]!, ids[150]!, ids[299]!]) {
      const proof = await world.proof('ada', id);
      const { origin, size, root } = parseCheckpoint(await openNote(proof.checkpoint, [vkey]));
      assert.equal(origin, 'localhost:8080/log');
      const leaf = leafHash(hash('sha256', Buffer.concat([bytes(proof.salt), bytes(proof.event)]), 'buffer'));
      assert.ok(verifyInclusion(proof.path.map(bytes), proof.index, size, leaf, root));
      assert.deepEqual([proof.ledger.size, bytes(proof.ledger.root)], [size, Buffer.from(root)]);
    }
  } finally {
    await world.stop();
  }
});
