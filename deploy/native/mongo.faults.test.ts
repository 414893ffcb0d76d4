import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { WrongVersion } from '../../kernel/errors.ts';
import { mongoEventStore } from '../../kernel/eventstore/mongo.ts';
import { openMongoDatabase } from '../../kernel/eventstore/mongoDatabase.ts';
import type { EventStore } from '../../kernel/eventstore/port.ts';
import { all, event, upTo } from '../../kernel/eventstore/testing.ts';
import { kit } from './kit.ts';

const kills = 3;

test('mongo: the server is killed while many append: what was acknowledged is there, once and in order', async (t) => {
  if (!process.env.ENGINE_FAULTS) return t.skip('NOT RUN: MongoDB (npm run test:engines)');
  const folder = mkdtempSync(join(tmpdir(), 'engines-'));
  const engines = kit(folder);
  try {
    const { variables } = await engines.up('mongo');
    const database = await openMongoDatabase(variables.MONGODB_URL!, 'faults');
    const store = await mongoEventStore(database, { log: pino({ level: 'silent' }) });
    const acknowledged: string[] = [];
    let over = false;
    const writing = upTo(32).map((n) => write(store, `stream-${n}`, acknowledged, () => over));
    for (let kill = 0; kill < kills; kill++) {
      for (const before = acknowledged.length; acknowledged.length < before + 200; ) await pause(5);
      await engines.kill('mongo', 'mongo');
      await engines.up('mongo');
    }
    over = true;
    await Promise.all(writing);
    await holds(store, acknowledged);
    await store.close();
    await database.close();
  } finally {
    await engines.down('mongo', true);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Appends to a stream of its own, as a service does: reads anew where an append failed. */
async function write(store: EventStore, stream: string, acknowledged: string[], over: () => boolean): Promise<void> {
  while (!over()) {
    try {
      const wanted = event(1);
      await store.append([{ stream, expected: await store.version(stream), events: [wanted] }]);
      acknowledged.push(wanted.id);
    } catch (error) {
      assert.ok(!(error instanceof WrongVersion), 'nobody else writes to this stream');
      await pause(50);
    }
  }
}

async function holds(store: EventStore, acknowledged: string[]): Promise<void> {
  const commits = await all(store, acknowledged.length);
  const ids = commits.flatMap(({ events }) => events.map(({ id }) => id));
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    acknowledged.filter((id) => !ids.includes(id)),
    [],
  );
  assert.deepEqual(
    commits.map(({ position }) => position),
    upTo(commits.length),
  );
}
