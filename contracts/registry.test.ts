import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegistryContract } from './registry.ts';
import { refusal, stage } from './testing.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const west = { id: 'west-clinic', name: 'West Clinic', keys: [key] };
const log = { origin: 'example.org/log', vkey: `example.org/log+0a1b2c3d+${Buffer.alloc(33, 1).toString('base64')}` };
const registry = () => stage(new RegistryContract());

test('organisations are registered, changed by their registrar, and listed', async () => {
  const { call } = registry();
  await call('hub', 'registerOrganization', west);
  await call('hub', 'registerOrganization', { ...west, id: 'east-clinic', name: 'East-Klinik Ä' });
  await call('hub', 'registerOrganization', { ...west, name: 'West Clinic Ltd', keys: [] });
  const { result } = await call('anybody', 'organization', 'west-clinic');
  assert.deepEqual(result, { id: 'west-clinic', name: 'West Clinic Ltd', keys: [], registrar: 'hub' });
  const { result: all } = await call('anybody', 'organizations');
  assert.deepEqual(
    (all as { id: string }[]).map(({ id }) => id),
    ['east-clinic', 'west-clinic'],
  );
});

test('logs are registered with the key that verifies their checkpoints', async () => {
  const { call } = registry();
  await call('hub', 'registerLog', log);
  assert.deepEqual((await call('anybody', 'log', log.origin)).result, { ...log, registrar: 'hub' });
});

test('registering the same again is success and changes nothing', async () => {
  const { call } = registry();
  const first = await call('hub', 'registerLog', log);
  assert.deepEqual(await call('hub', 'registerLog', log), { result: first.result, writes: [], events: [] });
});

test('nobody changes what another organisation registered', async () => {
  const { call } = registry();
  await call('hub', 'registerOrganization', west);
  await call('hub', 'registerLog', log);
  await assert.rejects(call('rival', 'registerOrganization', { ...west, name: 'Mine' }), refusal('forbidden'));
  await assert.rejects(call('rival', 'registerOrganization', west), refusal('forbidden'));
  await assert.rejects(call('rival', 'registerLog', log), refusal('forbidden'));
});

test('what is not there is not found', async () => {
  const { call } = registry();
  await assert.rejects(call('hub', 'organization', 'none'), refusal('not-found'));
  await assert.rejects(call('hub', 'log', 'none'), refusal('not-found'));
  assert.deepEqual((await call('hub', 'organizations')).result, []);
});

test('malformed entries are refused', async () => {
  const { call } = registry();
  for (const wrong of [
    {},
    { ...west, id: '' },
    { ...west, id: 'a/b' },
    { ...west, id: 'a'.repeat(65) },
    { ...west, name: 'line\nbreak' },
    { ...west, keys: ['short'] },
    { ...west, keys: [`${key.slice(0, 42)}B=`] },
    { ...west, keys: Array(17).fill(key) },
    { ...west, keys: key },
  ])
    await assert.rejects(call('hub', 'registerOrganization', wrong), refusal('invalid'), JSON.stringify(wrong));
  for (const wrong of [
    { ...log, origin: 'other.org/log' },
    { ...log, origin: 'has space' },
    { ...log, vkey: 'example.org/log+xyz' },
  ])
    await assert.rejects(call('hub', 'registerLog', wrong), refusal('invalid'), JSON.stringify(wrong));
});
