import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { eventStoreConformance } from './conformance.ts';
import { sqliteEventStore } from './sqlite.ts';

const root = mkdtempSync(join(tmpdir(), 'eventstore-'));
after(() => rmSync(root, { recursive: true }));
const freshFile = () => join(mkdtempSync(join(root, 's')), 'events.db');

eventStoreConformance('sqlite', () => {
  const file = freshFile();
  return { open: async () => sqliteEventStore(file) };
});

test('an event that cannot be stored fails alone, and leaves no gap', async () => {
  const store = sqliteEventStore(':memory:');
  const event = { id: 'e', type: 'Happened', at: 1, owner: '', data: new Uint8Array(1) };
  const bad = { ...event, data: undefined as never };
  const outcomes = await Promise.allSettled([
    store.append([{ stream: 'a', expected: 0, events: [event] }]),
    store.append([{ stream: 'b', expected: 0, events: [event, bad] }]),
    store.append([{ stream: 'c', expected: 0, events: [event] }]),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  const commits = await store.readAll(0, 10);
  assert.deepEqual(
    commits.map(({ position, stream }) => `${position} ${stream}`),
    ['1 a', '2 c'],
  );
  await store.close();
});

test('a full disk is said, what was appended together is not there, and once there is room it goes on', async (t) => {
  let limit = (_pages: number): void => {};
  const { exec } = DatabaseSync.prototype;
  const opened = t.mock.method(DatabaseSync.prototype, 'exec', function of(this: DatabaseSync, sql: string) {
    limit = (pages) => exec.call(this, `PRAGMA max_page_count = ${pages}`);
    return exec.call(this, sql);
  });
  const store = sqliteEventStore(freshFile());
  opened.mock.restore();
  limit(20);
  const event = { id: 'e', type: 'Happened', at: 1, owner: '', data: new Uint8Array(100_000) };
  const large = { stream: 'a', expected: 0, events: [event] };
  const small = { stream: 'b', expected: 0, events: [{ ...event, data: new Uint8Array(1) }] };
  await assert.rejects(store.append([small, large]), { code: 'unavailable', message: /disk is full/ });
  assert.deepEqual(await store.read('b'), []);
  await store.append([small]);
  limit(1000);
  await store.append([large]);
  assert.deepEqual([await store.version('a'), await store.version('b')], [1, 1]);
  await store.close();
});
