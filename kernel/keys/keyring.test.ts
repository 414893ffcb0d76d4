import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { randomIds } from '../clock.ts';
import type { EventStore } from '../eventstore/port.ts';
import { sqliteEventStore } from '../eventstore/sqlite.ts';
import { type Keyring, openKeyring } from './keyring.ts';
import { localKeys } from './local.ts';
import type { KeyService } from './port.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyring-'));
after(() => rmSync(folder, { recursive: true }));
const plain = Buffer.from('a resource');
const aad = 'records/resource/x@1';
const clock = { now: () => 1 };
const ringOf = (store: EventStore, keys: KeyService): Promise<Keyring> =>
  openKeyring({ service: 'records', keys, store, ids: randomIds, clock });

async function given() {
  const [store, keys] = [sqliteEventStore(':memory:'), localKeys(':memory:')];
  return { store, keys, ring: await ringOf(store, keys), close: () => Promise.all([store.close(), keys.close()]) };
}

test('what one key sealed it opens, also after a restart; the stored key is wrapped', async () => {
  const { store, keys, ring, close } = await given();
  const sealed = (await ring.ensure('p1')).seal(plain, aad);
  assert.notDeepEqual(sealed, (await ring.key('p1')).seal(plain, aad));
  const again = await ringOf(store, keys);
  assert.deepEqual((await again.key('p1')).open(sealed, aad), plain);
  const [event] = await store.read('key/p1');
  assert.deepEqual([event?.type, event?.version, event?.owner, event?.data.length], ['DataKeyCreated', 1, '', 60]);
  await close();
});

test('another owner’s key, another place or an altered byte does not open', async () => {
  const { ring, close } = await given();
  const [one, two] = [await ring.ensure('p1'), await ring.ensure('p2')];
  const sealed = one.seal(plain, aad);
  const wrong = { code: 'exception' };
  assert.throws(() => two.open(sealed, aad), wrong);
  assert.throws(() => one.open(sealed, 'records/resource/x@2'), wrong);
  assert.throws(() => one.open(sealed.subarray(0, 20), aad), wrong);
  for (let at = 0; at < sealed.length; at++) {
    const altered = Uint8Array.from(sealed, (byte, n) => (n === at ? byte ^ 1 : byte));
    assert.throws(() => one.open(altered, aad), wrong, `byte ${at}`);
  }
  await close();
});

test('racing ensures, in one process and in two, give one key', async () => {
  const { store, keys, ring, close } = await given();
  const other = await ringOf(store, keys);
  const made = await Promise.all([ring, ring, other, other].map((each) => each.ensure('p1')));
  const sealed = made.map((key) => key.seal(plain, aad));
  for (const key of made) for (const bytes of sealed) assert.deepEqual(key.open(bytes, aad), plain);
  assert.equal(await store.version('key/p1'), 1);
  await close();
});

test('an owner without a key has none, until something is sealed', async () => {
  const { ring, close } = await given();
  await assert.rejects(ring.key('p1'), { code: 'not-found' });
  await ring.ensure('p1');
  await ring.key('p1');
  await close();
});

test('after destruction the key is deleted everywhere, even where it was cached or in hand', async () => {
  const { store, keys, ring, close } = await given();
  const other = await ringOf(store, keys);
  const inHand = await ring.ensure('p1');
  const sealed = inHand.seal(plain, aad);
  await other.key('p1');
  await ring.destroy('p1');
  await ring.destroy('p1');
  const gone = { code: 'deleted' };
  for (const each of [ring, other, await ringOf(store, keys)]) {
    await assert.rejects(each.key('p1'), gone);
    await assert.rejects(each.ensure('p1'), gone);
  }
  assert.throws(() => inHand.open(sealed, aad), gone);
  assert.throws(() => inHand.seal(plain, aad), gone);
  await close();
});

test('an owner destroyed before anything was sealed can never get a key', async () => {
  const { ring, close } = await given();
  await ring.destroy('p1');
  await assert.rejects(ring.ensure('p1'), { code: 'deleted' });
  await close();
});

test('a destruction that races with the first use leaves no usable key', async () => {
  const { ring, close } = await given();
  await Promise.allSettled([ring.ensure('p1'), ring.destroy('p1')]);
  await assert.rejects(ring.ensure('p1'), { code: 'deleted' });
  await close();
});

test('an old copy of the store, restored after an erasure, opens nothing of the erased, and the rest', async () => {
  const [file, backup] = [join(folder, 'store.sqlite'), join(folder, 'backup.sqlite')];
  const keys = localKeys(join(folder, 'keys.sqlite'));
  const store = sqliteEventStore(file);
  const ring = await ringOf(store, keys);
  await ring.ensure('erased');
  const kept = (await ring.ensure('kept')).seal(plain, aad);
  await store.close();
  copyFileSync(file, backup);
  await ring.destroy('erased');

  const restored = sqliteEventStore(backup);
  const again = await ringOf(restored, keys);
  assert.equal(await restored.version('key/erased'), 1);
  await assert.rejects(again.key('erased'), { code: 'deleted' });
  assert.deepEqual((await again.key('kept')).open(kept, aad), plain);
  await Promise.all([restored.close(), keys.close()]);
});

test('a store beside a key file that is not its own says so, and keeps its data', async () => {
  const { store, ring, close } = await given();
  await ring.ensure('p1');
  const foreign = await ringOf(store, localKeys(':memory:'));
  await assert.rejects(foreign.key('p1'), { code: 'unavailable' });
  await assert.rejects(foreign.ensure('p1'), { code: 'unavailable' });
  assert.equal(await store.version('key/p1'), 1);
  await close();
});

test('the keyed hash is HMAC-SHA-256 under a secret of the service, the same after a restart', async () => {
  const { store, keys, ring, close } = await given();
  const secret = await keys.secret('records/mac', () => assert.fail('there is one'));
  assert.equal(ring.mac('text'), createHmac('sha256', secret).update('text').digest('hex'));
  assert.equal((await ringOf(store, keys)).mac('text'), ring.mac('text'));
  const other = await openKeyring({ service: 'consent', keys, store, ids: randomIds, clock });
  assert.notEqual(other.mac('text'), ring.mac('text'));
  await close();
});
