import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addressesIn } from './addresses.ts';
import { authority } from './ca.ts';
import { type ServiceProcesses, serviceProcesses, stopLeft } from './services.ts';

/** The key service is the one that needs no engines. */
const folder = mkdtempSync(join(tmpdir(), 'services-'));
const root = join(import.meta.dirname, '..', '..');
const started: ServiceProcesses[] = [];
after(async () => {
  for (const each of started) await each.stop();
  rmSync(folder, { recursive: true });
});

async function processes(at: string): Promise<ServiceProcesses> {
  const parts = { folder: at, root, trustDomain: 'healthchain', baseUrl: 'http://127.0.0.1:1', variables: process.env };
  const each = await serviceProcesses({
    ...parts,
    authority: authority(join(at, 'certificates'), 'healthchain', Date.now()),
  });
  started.push(each);
  return each;
}

const isReady = (services: ServiceProcesses) =>
  fetch(`${services.http('keys')}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

test('a process is started, found by others, killed, revived, and ended by the next start', async () => {
  const at = join(folder, 'whole');
  const services = await processes(at);
  await services.start(['keys']);
  assert.equal(addressesIn(at).keys!.http, services.http('keys'));
  await services.kill('keys');
  assert.equal(await isReady(services), false);
  await services.start(['keys']);
  assert.equal(await isReady(services), true);
  const next = await processes(at); // as after a launcher that was killed
  assert.equal(await isReady(services), false);
  await next.start(['keys']);
  await stopLeft(at);
  assert.equal(await isReady(next), false);
});

test('a process that ends while it starts is told of by what it said last', async () => {
  const at = join(folder, 'broken');
  mkdirSync(join(at, 'keys.db'), { recursive: true });
  const services = await processes(at);
  await assert.rejects(services.start(['keys']), /keys ended while it started: .*keys\.db/);
});
