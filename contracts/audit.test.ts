import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { AuditContract } from './audit.ts';
import { refusal, stage } from './testing.ts';

// RFC 6962 §2.1 by its recursive definition, apart from the code under test.
const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const split = (n: number) => 2 ** Math.floor(Math.log2(n - 1));
function treeHash(entries: Uint8Array[]): Buffer {
  if (entries.length === 0) return sha256();
  if (entries.length === 1) return sha256(Buffer.of(0), entries[0]!);
  const k = split(entries.length);
  return sha256(Buffer.of(1), treeHash(entries.slice(0, k)), treeHash(entries.slice(k)));
}
function frontierOf(entries: Uint8Array[]): Buffer[] {
  if (entries.length === 0) return [];
  const largest = 2 ** Math.floor(Math.log2(entries.length));
  return [treeHash(entries.slice(0, largest)), ...frontierOf(entries.slice(largest))];
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const log = Array.from({ length: 200 }, (_, n) => sha256(Buffer.from(`entry ${n}`)));

/** An honest request for a batch that takes the tree from `start` to `size` entries of `entries`. */
const batchOf = (batch: number, start: number, size: number, entries = log) => ({
  batch,
  start,
  size,
  entries: entries.slice(start, size).map(base64),
  frontier: frontierOf(entries.slice(0, start)).map(base64),
  oldRoot: base64(treeHash(entries.slice(0, start))),
  newRoot: base64(treeHash(entries.slice(0, size))),
});
const audit = () => stage(new AuditContract());
const sizes = fc.tuple(fc.nat(120), fc.integer({ min: 1, max: 80 }));

test('an honest batch of any size at any size of the tree is anchored, under one key of its own', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async ([start, more]) => {
      const { call } = audit();
      const { batch, oldRoot, newRoot, size } = batchOf(1, start, start + more);
      const done = await call('west', 'anchor', batchOf(1, start, start + more));
      assert.deepEqual(
        { ...(done.result as object), time: 0 },
        {
          batch,
          start,
          size,
          oldRoot,
          newRoot,
          time: 0,
          transaction: (done.result as { transaction: string }).transaction,
        },
      );
      assert.equal(done.writes.length, 1);
      assert.deepEqual(done.events, ['anchored']);
      assert.deepEqual((await call('west', 'batch', '1')).result, done.result);
    }),
  );
});

test('one flipped bit in an entry, a frontier hash or a root is refused', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat(255), async ([start, more], which, bit) => {
      const request = batchOf(1, start, start + more);
      const flip = (text: string) => {
        const bytes = Buffer.from(text, 'base64');
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        return base64(bytes);
      };
      const at = which % (request.entries.length + request.frontier.length + 2);
      const wrong = {
        ...request,
        entries: request.entries.map((entry, n) => (n === at ? flip(entry) : entry)),
        frontier: request.frontier.map((hash, n) => (n + request.entries.length === at ? flip(hash) : hash)),
        ...(at === request.entries.length + request.frontier.length && { oldRoot: flip(request.oldRoot) }),
        ...(at === request.entries.length + request.frontier.length + 1 && { newRoot: flip(request.newRoot) }),
      };
      await assert.rejects(audit().call('west', 'anchor', wrong), refusal('invalid'));
    }),
  );
});

test('entries left out, added, moved or counted wrong are refused', async () => {
  const request = batchOf(1, 5, 9);
  for (const wrong of [
    { ...request, entries: request.entries.slice(1) },
    { ...request, entries: request.entries.slice(1), size: 8 },
    { ...request, entries: [...request.entries, request.entries[0]] },
    { ...request, entries: request.entries.toReversed() },
    { ...request, entries: [], size: 5, newRoot: request.oldRoot },
    { ...request, start: 4 },
    { ...request, start: 6, size: 10 },
    { ...request, size: 10 },
    { ...request, frontier: [] },
    { ...request, frontier: request.frontier.toReversed() },
    { ...request, frontier: [...request.frontier, request.frontier[0]] },
    { ...request, batch: 0 },
    { ...request, batch: '1' },
    { ...request, entries: ['short'] },
    { ...request, entries: undefined },
    'no JSON',
  ])
    await assert.rejects(audit().call('west', 'anchor', wrong), refusal('invalid'), JSON.stringify(wrong));
});

test('a batch again is success and changes nothing; another content under its number is refused', async () => {
  const { call } = audit();
  const first = await call('west', 'anchor', batchOf(1, 0, 10));
  assert.deepEqual(await call('west', 'anchor', batchOf(1, 0, 10)), { result: first.result, writes: [], events: [] });
  await assert.rejects(call('west', 'anchor', batchOf(1, 0, 11)), refusal('conflict'));
  await assert.rejects(call('west', 'anchor', batchOf(1, 10, 20)), refusal('conflict'));
  const lying = { ...batchOf(1, 0, 10), entries: batchOf(1, 10, 20).entries };
  await assert.rejects(call('west', 'anchor', lying), refusal('invalid'));
});

test('batches anchored out of order are linked in order, and the head moves', async () => {
  const { call } = audit();
  const empty = { batch: 0, size: 0, root: base64(sha256()) };
  assert.deepEqual((await call('west', 'head')).result, empty);
  for (const request of [batchOf(3, 130, 200), batchOf(1, 0, 64), batchOf(2, 64, 130)])
    await call('west', 'anchor', request);
  assert.deepEqual((await call('west', 'head')).result, empty);
  const linked = await call('west', 'link', { upTo: 2 });
  assert.deepEqual(linked.result, { batch: 2, size: 130, root: base64(treeHash(log.slice(0, 130))) });
  assert.equal(linked.writes.length, 1);
  assert.deepEqual(linked.events, ['linked']);
  await call('west', 'link', { upTo: 3 });
  const head = { batch: 3, size: 200, root: base64(treeHash(log)) };
  assert.deepEqual((await call('east', 'head', 'west')).result, head);
});

test('linking again is success and changes nothing', async () => {
  const { call } = audit();
  await call('west', 'anchor', batchOf(1, 0, 10));
  const { result } = await call('west', 'link', { upTo: 1 });
  assert.deepEqual(await call('west', 'link', { upTo: 1 }), { result, writes: [], events: [] });
});

test('a missing batch, and one that does not begin where the one before ended, are not linked', async () => {
  const { call } = audit();
  const fork = [...log.slice(0, 9), ...log.slice(20)];
  await call('west', 'anchor', batchOf(1, 0, 10));
  await assert.rejects(call('west', 'link', { upTo: 2 }), refusal('not-found'));
  await call('west', 'anchor', batchOf(2, 11, 20));
  await assert.rejects(call('west', 'link', { upTo: 2 }), refusal('conflict'));
  await call('north', 'anchor', batchOf(1, 0, 10));
  await call('north', 'anchor', batchOf(2, 10, 20, fork));
  await assert.rejects(call('north', 'link', { upTo: 2 }), refusal('conflict'));
  assert.equal(((await call('north', 'head')).result as { batch: number }).batch, 0);
});

test('organisations have logs of their own: nobody occupies another’s batch numbers', async () => {
  const { call } = audit();
  await call('rival', 'anchor', batchOf(1, 0, 3));
  await call('west', 'anchor', batchOf(1, 0, 10));
  await call('west', 'link', { upTo: 1 });
  assert.equal(((await call('rival', 'head')).result as { batch: number }).batch, 0);
  assert.equal(((await call('rival', 'batch', '1', 'west')).result as { size: number }).size, 10);
});

test('a batch has at most 5,000 entries, and a link at most 1,000 batches', async () => {
  const { call } = audit();
  const long = Array.from({ length: 5_001 }, (_, n) => sha256(Buffer.from(`${n}`)));
  assert.equal(((await call('west', 'anchor', batchOf(1, 0, 5_000, long))).result as { size: number }).size, 5_000);
  await assert.rejects(call('west', 'anchor', batchOf(2, 0, 5_001, long)), refusal('invalid'));
  await assert.rejects(call('west', 'link', { upTo: 1_001 }), refusal('invalid'));
  await assert.rejects(call('west', 'link', { upTo: 'all' }), refusal('invalid'));
  await assert.rejects(call('west', 'batch', '01'), refusal('invalid'));
  await assert.rejects(call('west', 'batch', '7'), refusal('not-found'));
});
