import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { busConformance } from './conformance.ts';
import type { Received } from './port.ts';
import { sqliteBus } from './sqlite.ts';

const root = mkdtempSync(join(tmpdir(), 'bus-'));
after(() => rmSync(root, { recursive: true }));

busConformance('sqlite', () => {
  const file = join(mkdtempSync(join(root, 'b')), 'bus.db');
  // a file that is simply not used any more is all that a crash leaves
  return { open: async () => sqliteBus(file, { retryMs: 1 }), crash: async () => {} };
});

test('messages go after the retention time, but none that a group still needs', async () => {
  let now = 0;
  const bus = sqliteBus(':memory:', { retentionMs: 1000, clock: { now: () => now } });
  const topic = 'healthchain.records.v1';
  const send = (id: string) => bus.send(topic, [{ id, key: 'k', headers: {}, value: new Uint8Array() }]);
  const idsFor = async (group: string) => {
    const ids: string[] = [];
    const subscription = await bus.subscribe({
      group,
      topics: [topic],
      handle: async (batch: Received[]) => void ids.push(...batch.map(({ id }) => id)),
    });
    while ((await bus.lag(group, [topic])) > 0) await new Promise((resolve) => setImmediate(resolve));
    await subscription.stop();
    return ids;
  };
  await send('a');
  assert.deepEqual(await idsFor('audit'), ['a']);
  now = 500;
  await send('b'); // audit has not seen it
  now = 2000;
  await send('c'); // saves audit's place
  now = 4000;
  await send('d');
  assert.deepEqual(await idsFor('newcomer'), ['b', 'c', 'd']);
  await bus.close();
});
