import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ServiceName } from '../bus/port.ts';
import { randomIds as ids } from '../clock.ts';
import { Failure } from '../errors.ts';
import { inProcess } from '../rpc/inprocess.ts';
import { keyServiceConformance } from './conformance.ts';
import { intakeKeyPair } from './detail.ts';
import { localKeys } from './local.ts';
import type { KeyService } from './port.ts';
import { remoteKeys } from './remote.ts';
import { keyRpc } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'healthchain-keys-'));
after(() => rmSync(folder, { recursive: true }));

const authenticate = async () => assert.fail('services come without tokens');
const reach = (keys: KeyService, caller?: ServiceName) =>
  remoteKeys(inProcess({ services: () => [keyRpc(keys, ids)], ...(caller && { caller }), authenticate, ids }));

keyServiceConformance('key service over RPC', () => {
  const file = join(folder, `${ids.uuid()}.db`);
  return {
    async open() {
      const keys = localKeys(file);
      const reached = reach(keys, 'records');
      return { ...reached, close: keys.close };
    },
  };
});

const forbidden = (error: unknown) => error instanceof Failure && error.code === 'forbidden';

test('a service reaches neither keys nor secrets of another, and nobody else reaches any', async () => {
  const keys = localKeys(':memory:');
  await reach(keys, 'records').create('records/p1');
  for (const stranger of [reach(keys, 'consent'), reach(keys)]) {
    const calls = [
      stranger.create('records/p2'),
      stranger.wrap('records/p1', new Uint8Array(32)),
      stranger.unwrap('records/p1', new Uint8Array(60)),
      stranger.exists('records/p1'),
      stranger.destroy('records/p1'),
      stranger.secret('records/mac', () => ids.bytes(32)),
      stranger.secret('recordsmac', () => ids.bytes(32)),
    ];
    await Promise.all(calls.map((call) => assert.rejects(call, forbidden)));
  }
  assert.equal(await keys.exists('records/p1'), true);
  await keys.close();
});

test('questions of one moment whether keys are there each get their own answer', async () => {
  const keys = localKeys(':memory:');
  const records = reach(keys, 'records');
  await records.create('records/p1');
  const names = ['records/p1', 'records/p2', 'records/p1'];
  assert.deepEqual(await Promise.all(names.map(records.exists)), [true, false, true]);
  await records.destroy('records/p1');
  assert.equal(await records.exists('records/p1'), false);
  await keys.close();
});

test('all services learn the key that details are sealed to; only audit gets the other half', async () => {
  const keys = localKeys(':memory:');
  const publicKey = await reach(keys, 'records').intakeKey();
  const intake = await reach(keys, 'audit').secret('audit/intake', () => assert.fail('there is one'));
  assert.deepEqual(Buffer.from(intakeKeyPair(intake).publicKey), Buffer.from(publicKey));
  await assert.rejects(
    reach(keys, 'records').secret('audit/intake', () => ids.bytes(32)),
    forbidden,
  );
  await keys.close();
});
