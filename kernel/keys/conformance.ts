import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { KeyService } from './port.ts';

/** A place where a key service keeps its keys; opening it again finds them. */
export interface KeyPlace {
  open(): Promise<KeyService>;
}

/** What every key service promises; called by each adapter's test. `place` gives a fresh, empty one. */
export function keyServiceConformance(adapter: string, place: () => KeyPlace): void {
  const dataKey = randomBytes(32);
  const given = (name: string, body: (keys: KeyService, place: KeyPlace) => Promise<void>) =>
    test(`${adapter}: ${name}`, async () => {
      const here = place();
      const keys = await here.open();
      try {
        await body(keys, here);
      } finally {
        await keys.close();
      }
    });

  given('a wrapped key unwraps, and two wraps differ', async (keys) => {
    await keys.create('records/p1');
    const [one, two] = [await keys.wrap('records/p1', dataKey), await keys.wrap('records/p1', dataKey)];
    assert.notDeepEqual(one, two);
    assert.deepEqual(Buffer.from(await keys.unwrap('records/p1', one)), dataKey);
    assert.deepEqual(Buffer.from(await keys.unwrap('records/p1', two)), dataKey);
  });

  given('creating a key twice keeps the first', async (keys) => {
    await Promise.all([keys.create('records/p1'), keys.create('records/p1')]);
    const wrapped = await keys.wrap('records/p1', dataKey);
    await keys.create('records/p1');
    assert.deepEqual(Buffer.from(await keys.unwrap('records/p1', wrapped)), dataKey);
  });

  given('an unknown key is not found', async (keys) => {
    assert.equal(await keys.exists('records/p1'), false);
    await assert.rejects(keys.wrap('records/p1', dataKey), { code: 'not-found' });
    await assert.rejects(keys.unwrap('records/p1', dataKey), { code: 'not-found' });
  });

  given('bytes of another key, altered or cut short do not unwrap', async (keys) => {
    await keys.create('records/p1');
    await keys.create('records/p2');
    const wrapped = await keys.wrap('records/p1', dataKey);
    const altered = Uint8Array.from(wrapped, (byte, at) => (at === wrapped.length >> 1 ? byte ^ 1 : byte));
    await assert.rejects(keys.unwrap('records/p2', wrapped), { code: 'invalid' });
    await assert.rejects(keys.unwrap('records/p1', altered), { code: 'invalid' });
    await assert.rejects(keys.unwrap('records/p1', wrapped.subarray(0, 9)), { code: 'invalid' });
  });

  given('a destroyed key is gone for ever, also after opening again', async (keys, here) => {
    await keys.create('records/p1');
    await keys.create('records/p2');
    const wrapped = await keys.wrap('records/p1', dataKey);
    await keys.destroy('records/p1');
    await keys.destroy('records/p1');
    await isGone(keys, 'records/p1', wrapped);
    assert.equal(await keys.exists('records/p2'), true);
    await keys.close();
    const again = await here.open();
    await isGone(again, 'records/p1', wrapped);
    assert.equal(await again.exists('records/p2'), true);
    await again.close();
  });

  given('destroying a name that never had a key keeps one from being made', async (keys) => {
    await keys.destroy('records/p1');
    await assert.rejects(keys.create('records/p1'), { code: 'deleted' });
  });

  given('a key survives opening again', async (keys, here) => {
    await keys.create('records/p1');
    const wrapped = await keys.wrap('records/p1', dataKey);
    await keys.close();
    const again = await here.open();
    assert.equal(await again.exists('records/p1'), true);
    assert.deepEqual(Buffer.from(await again.unwrap('records/p1', wrapped)), dataKey);
    await again.close();
  });

  given('a secret is made once, and kept', async (keys, here) => {
    const [one, two] = await Promise.all([
      keys.secret('records/signing', () => randomBytes(32)),
      keys.secret('records/signing', () => randomBytes(32)),
    ]);
    const other = await keys.secret('records/mac', () => randomBytes(32));
    assert.deepEqual(Buffer.from(one), Buffer.from(two));
    assert.notDeepEqual(Buffer.from(one), Buffer.from(other));
    await keys.close();
    const again = await here.open();
    const kept = await again.secret('records/signing', () => assert.fail('there is one'));
    assert.deepEqual(Buffer.from(kept), Buffer.from(one));
    await again.close();
  });
}

async function isGone(keys: KeyService, name: string, wrapped: Uint8Array): Promise<void> {
  assert.equal(await keys.exists(name), false);
  await assert.rejects(keys.unwrap(name, wrapped), { code: 'deleted' });
  await assert.rejects(keys.wrap(name, new Uint8Array(32)), { code: 'deleted' });
  await assert.rejects(keys.create(name), { code: 'deleted' });
}
