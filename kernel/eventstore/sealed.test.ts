import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counted, counted, sealedLog } from '../testing/sealedLog.ts';
import type { EventStore } from './port.ts';
import { sqliteEventStore } from './sqlite.ts';

const secret: Counted = { type: 'Named', name: 'Ada Example' };
const append = (stream: string, expected: number, owner: string, events: Counted[]) => ({
  ...{ stream, expected, owner, events },
});

test('events come back typed, with their time, place and owner', async () => {
  const { log, clock } = await sealedLog();
  const [first, second] = await log.append([append('a', 0, 'p1', [secret, counted(3)])]);
  assert.deepEqual(
    (await log.read('a')).map(({ event }) => event),
    [secret, counted(3)],
  );
  assert.deepEqual(
    [first, second].map((each) => [each?.stream, each?.version, each?.at, each?.owner, each?.event]),
    [
      ['a', 1, clock.time, 'p1', secret],
      ['a', 2, clock.time, 'p1', counted(3)],
    ],
  );
  assert.deepEqual(await log.last('a'), { ...second, position: 0 });
  assert.equal(await log.version('a'), 2);
  assert.equal(await log.last('b'), undefined);
});

test('an append to several streams comes back flat and in order, each under its own owner', async () => {
  const { log, store } = await sealedLog();
  const recorded = await log.append([append('a', 0, 'p1', [secret]), append('b', 0, 'p2', [counted(1), counted(2)])]);
  assert.deepEqual(
    recorded.map(({ stream, version, owner }) => `${stream}@${version} ${owner}`),
    ['a@1 p1', 'b@1 p2', 'b@2 p2'],
  );
  const commits = (await store.readAll(0, 10)).filter(({ stream }) => !stream.startsWith('key/'));
  assert.deepEqual(
    [...new Set(recorded.map(({ position }) => position))],
    commits.map(({ position }) => position),
  );
  const opened = await Promise.all(commits.map((commit) => log.open(commit)));
  assert.deepEqual(opened.flat(), recorded);
});

test('the events of one append can each have an owner of their own', async () => {
  const { log, keyring } = await sealedLog();
  const [, open, other] = await log.append([
    { ...append('a', 0, '', [secret, counted(1), secret]), owner: ['p1', '', 'p2'] },
  ]);
  await keyring.destroy('p1');
  assert.deepEqual(
    await log.read('a', { from: 2 }),
    [open, other].map((each) => ({ ...each, position: 0 })),
  );
  await assert.rejects(log.read('a'), { code: 'deleted' });
});

test('an event of whom it is not said whose it is is not stored', async () => {
  const { log, store } = await sealedLog();
  await assert.rejects(log.append([{ ...append('a', 0, '', [secret, secret]), owner: ['p1'] }]));
  assert.equal(await store.last('a'), undefined);
});

test('what has an owner is not readable in the store; what has none is', async () => {
  const { log, store } = await sealedLog();
  await log.append([append('a', 0, 'p1', [secret])]);
  await log.append([append('b', 0, '', [counted(7)])]);
  const [sealed, open] = [await store.last('a'), await store.last('b')];
  assert.ok(!Buffer.from(sealed!.data).includes('Ada'));
  assert.equal(sealed!.type, 'Named');
  assert.deepEqual(JSON.parse(Buffer.from(open!.data).toString()), counted(7));
});

test('a ciphertext opens at its own place only', async () => {
  const memory = sqliteEventStore(':memory:');
  const moved = new Map<string, string>();
  const forged: EventStore = {
    ...memory,
    read: async (stream, options) =>
      (await memory.read(moved.get(stream) ?? stream, options)).map((event) => ({ ...event, stream })),
  };
  const { log } = await sealedLog(forged);
  await log.append([append('a', 0, 'p1', [secret, counted()])]);
  moved.set('b', 'a');
  await assert.rejects(log.read('b'), { code: 'exception', message: /integrity/ });
  const swapped: EventStore = {
    ...memory,
    read: async (stream) => {
      const [one, two] = await memory.read(stream);
      return [
        { ...one!, data: two!.data },
        { ...two!, data: one!.data },
      ];
    },
  };
  forged.read = swapped.read;
  await assert.rejects(log.read('a'), { code: 'exception', message: /integrity/ });
});

test('after erasure a stream does not open, and a commit opens without what is gone', async () => {
  const { log, store, keyring } = await sealedLog();
  await log.append([append('a', 0, 'p1', [secret]), append('b', 0, 'p2', [counted(2)])]);
  await log.append([append('c', 0, '', [counted(3)])]);
  await keyring.destroy('p1');
  await assert.rejects(log.read('a'), { code: 'deleted' });
  await assert.rejects(log.last('a'), { code: 'deleted' });
  await assert.rejects(log.append([append('a', 1, 'p1', [counted()])]), { code: 'deleted' });
  const opened = await Promise.all((await store.readAll(0, 10)).map((commit) => log.open(commit)));
  assert.deepEqual(
    opened.flat().map(({ stream }) => stream),
    ['b', 'c'],
  );
});

test('the keyring’s own commits are no domain events', async () => {
  const { log, store } = await sealedLog();
  await log.append([append('a', 0, 'p1', [secret])]);
  const [key] = await store.readAll(0, 1);
  assert.equal(key?.stream, 'key/p1');
  assert.deepEqual(await log.open(key!), []);
});
