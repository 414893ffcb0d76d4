import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { parseCheckpoint } from '../../kernel/merkle/checkpoint.ts';
import { emptyRoot, leafHash } from '../../kernel/merkle/hash.ts';
import { openNote } from '../../kernel/merkle/note.ts';
import { verifyInclusion } from '../../kernel/merkle/proof.ts';
import { auditWorld, engines, publicEvent, until } from './testing/world.ts';

const bytes = (base64: string) => Buffer.from(base64, 'base64');
const about = (patient: string, count: number) => Array.from({ length: count }, () => ({ patients: [patient] }));

test('public events become leaves, and their proofs verify under a signed checkpoint that the ledger has', async () => {
  const world = await auditWorld();
  try {
    const ids = await world.happened(...about('p-ada', 300));
    await world.anchored(300);
    const vkey = (await world.server.inject('/log/vkey')).body.trim();
    for (const id of [ids[0]!, ids[150]!, ids[299]!]) {
      const proof = await world.proof('ada', id);
      const { origin, size, root } = parseCheckpoint(await openNote(proof.checkpoint, [vkey]));
      assert.equal(origin, 'localhost:8080/log');
      const leaf = leafHash(hash('sha256', Buffer.concat([bytes(proof.salt), bytes(proof.event)]), 'buffer'));
      assert.ok(verifyInclusion(proof.path.map(bytes), proof.index, size, leaf, root));
      const args = [String(proof.ledger.batch)];
      const anchored = JSON.parse(await world.engines.ledger.evaluate({ contract: 'audit', fn: 'batch', args }));
      assert.deepEqual([anchored.size, anchored.newRoot], [size, Buffer.from(root).toString('base64')]);
      assert.equal(anchored.transaction, proof.ledger.transaction);
    }
  } finally {
    await world.stop();
  }
});

test('an empty log has a checkpoint, and the ledger knows its key', async () => {
  const world = await auditWorld();
  try {
    const vkey = (await world.server.inject('/log/vkey')).body.trim();
    const note = (await world.server.inject('/log/checkpoint')).body;
    assert.deepEqual(parseCheckpoint(await openNote(note, [vkey])), {
      origin: 'localhost:8080/log',
      size: 0,
      root: emptyRoot(),
    });
    const { ledger } = world.engines;
    const registered = () => ledger.evaluate({ contract: 'registry', fn: 'log', args: ['localhost:8080/log'] });
    await until(async () => JSON.parse(await registered().catch(() => '{}')).vkey === vkey);
  } finally {
    await world.stop();
  }
});

test('a message that comes twice, in one batch or later, has one entry', async () => {
  const world = await auditWorld();
  const { bus, seal } = world.engines;
  try {
    const [first, second] = [publicEvent(seal), publicEvent(seal)];
    await bus.send('healthchain.records.v1', [first, first]);
    await world.integrated(1);
    await bus.send('healthchain.consent.v1', [first]);
    await bus.send('healthchain.consent.v1', [second]);
    await world.integrated(2);
    await until(async () => (await bus.lag('audit', ['healthchain.records.v1', 'healthchain.consent.v1'])) === 0);
    assert.equal((await world.sizes()).sequenced, 2);
  } finally {
    await world.stop();
  }
});

test('a message that cannot be read is parked with its reason, and the others go on', async () => {
  const world = await auditWorld();
  const { bus, seal } = world.engines;
  try {
    const [good, other] = [publicEvent(seal), publicEvent(seal)];
    const garbage = { ...publicEvent(seal), value: Buffer.from('garbage') };
    const foreign = { ...publicEvent(seal), id: other.id };
    await bus.send('healthchain.records.v1', [garbage, good, foreign]);
    await until(async () => (await bus.parked('audit')).length === 2);
    await world.integrated(1);
    const parked = await bus.parked('audit');
    assert.deepEqual(parked.map(({ id }) => id).toSorted(), [garbage.id, foreign.id].toSorted());
    for (const { reason } of parked) assert.equal(reason, 'This message is not a public event.');
    assert.equal((await world.sizes()).sequenced, 1);
  } finally {
    await world.stop();
  }
});

test('a log keeps its name; another one is refused at start', async () => {
  const kept = await engines();
  const world = await auditWorld({ engines: kept, env: { LOG_ORIGIN: 'log.example/audit' } });
  await world.stop();
  const again = await auditWorld({ engines: kept });
  assert.match((await again.server.inject('/log/vkey')).body, /^log\.example\/audit\+/);
  await again.stop();
  await assert.rejects(auditWorld({ engines: kept, env: { LOG_ORIGIN: 'another.example' } }), { code: 'invalid' });
});

test('metrics tell how far the log is', async () => {
  const world = await auditWorld();
  try {
    await world.happened(...about('p-ada', 3));
    await world.anchored(3);
    const text = await world.metrics.text();
    for (const state of ['sequenced', 'integrated', 'published', 'anchored'])
      assert.match(text, new RegExp(`healthchain_log_size\\{state="${state}"\\} 3`));
    assert.match(text, /healthchain_anchor_lag 0/);
    assert.match(text, /healthchain_anchor_seconds_count 3/);
    assert.match(text, /healthchain_bus_parked\{group="audit"\} 0/);
  } finally {
    await world.stop();
  }
});
