import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCheckpoint } from '../../../kernel/merkle/checkpoint.ts';
import { decodeEntries } from '../../../kernel/merkle/entries.ts';
import { appendLeaves } from '../../../kernel/merkle/frontier.ts';
import { leafHash } from '../../../kernel/merkle/hash.ts';
import { auditWorld } from '../testing/world.ts';

test('the log is served as C2SP tlog-tiles, partial tiles of older sizes too', async () => {
  const world = await auditWorld();
  const get = (path: string) => world.server.inject(`/log/${path}`);
  try {
    await world.happened(...Array.from({ length: 100 }, () => ({})));
    await world.anchored(100);
    const older = await get('tile/0/000.p/100');
    await world.happened(...Array.from({ length: 200 }, () => ({})));
    await world.anchored(300);

    const checkpoint = await get('checkpoint');
    assert.equal(checkpoint.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(checkpoint.headers['cache-control'], 'no-store');
    const { size, root } = parseCheckpoint(checkpoint.body.slice(0, checkpoint.body.indexOf('\n\n') + 1));
    assert.equal(size, 300);

    const tile = await get('tile/0/000');
    assert.equal(tile.headers['content-type'], 'application/octet-stream');
    assert.match(String(tile.headers['cache-control']), /immutable/);
    assert.equal(tile.rawPayload.length, 8192);
    assert.deepEqual((await get('tile/0/000.p/100')).rawPayload, older.rawPayload);
    assert.deepEqual(tile.rawPayload.subarray(0, 3200), older.rawPayload);
    assert.equal((await get('tile/1/000.p/1')).rawPayload.length, 32);

    const bundles = [await get('tile/entries/000'), await get('tile/entries/001.p/44')];
    const entries = bundles.flatMap(({ rawPayload }) => decodeEntries(rawPayload));
    assert.deepEqual(Buffer.from(appendLeaves([], 0, entries.map(leafHash)).root), Buffer.from(root));
  } finally {
    await world.stop();
  }
});

test('what the published tree does not have is not found', async () => {
  const world = await auditWorld();
  try {
    await world.happened({}, {});
    await world.anchored(2);
    const wrong = [
      '0/000',
      '0/000.p/3',
      '0/000.p/0',
      '0/0',
      '0/001.p/1',
      '1/000.p/1',
      'entries/000',
      '64/000',
      'x',
      '../x',
    ];
    for (const path of wrong) assert.equal((await world.server.inject(`/log/tile/${path}`)).statusCode, 404, path);
    for (const path of ['0/000.p/1', '0/000.p/2', 'entries/000.p/2'])
      assert.equal((await world.server.inject(`/log/tile/${path}`)).statusCode, 200, path);
  } finally {
    await world.stop();
  }
});
