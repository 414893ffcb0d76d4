import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { selfSigned } from './certificate.ts';
import { engineNames } from './engines.ts';
import { kit } from './kit.ts';
import { freePorts, isFree } from './ports.ts';
import { isRunning, signal, start, stop } from './processes.ts';
import { java, missing } from './tools.ts';
import { eventually } from './waiting.ts';

const folder = mkdtempSync(join(tmpdir(), 'kit-'));
test.after(() => rmSync(folder, { recursive: true }));
const idle = { name: 'idle', command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] };

test('a process that was started is found again and stopped; another of the same pid is left alone', async () => {
  const started = start(idle, join(folder, 'idle.log'));
  const stranger = { ...started, started: `${started.started}0` };
  assert.ok(isRunning(started));
  assert.ok(!isRunning(stranger));
  signal(stranger, 'SIGKILL');
  await stop(stranger);
  assert.ok(isRunning(started));
  await stop(started);
  assert.ok(!isRunning(started));
});

test('a process that ignores the request to end is made to', async () => {
  const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')";
  const log = join(folder, 'deaf.log');
  const started = start({ ...idle, args: ['-e', deaf] }, log);
  await eventually('deaf', 10_000, async () => assert.match(readFileSync(log, 'utf8'), /deaf/));
  await stop(started, 300);
  assert.ok(!isRunning(started));
});

test('a program that is not there is an error', () => {
  assert.throws(() => start({ ...idle, command: join(folder, 'nothing') }, join(folder, 'no.log')), /did not start/);
});

test('the certificate is good for localhost and 127.0.0.1, for ten years', async () => {
  const now = Date.now();
  const { certificate, key } = selfSigned(now);
  const parsed = new X509Certificate(certificate);
  assert.ok(parsed.verify(parsed.publicKey));
  assert.ok(parsed.validToDate.getTime() > now + 9 * 365 * 86_400_000);
  const server = createServer({ cert: certificate, key }, (socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const servername of ['localhost', '']) {
    const socket = connect({ host: '127.0.0.1', port, ca: certificate, servername });
    await once(socket, 'secureConnect');
    assert.ok(socket.authorized);
    socket.destroy();
  }
  server.close();
});

test('ports are free and differ; one that is taken is not free', async () => {
  const { a, b } = await freePorts(['a', 'b']);
  assert.notEqual(a, b);
  const taken = createTcpServer().listen(a, '127.0.0.1');
  await once(taken, 'listening');
  assert.deepEqual([await isFree(a!), await isFree(b!)], [false, true]);
  taken.close();
});

test('a tool that is missing or too old is named with the way to get it', () => {
  const absent = { ...java, command: ['healthchain-no-such-program'] as const };
  const old = { ...java, command: [process.execPath, '-e', 'console.error(\'openjdk version "11.0.2"\')'] as const };
  for (const tool of [absent, old]) assert.match(missing([tool])[0]!, /Java 17 or newer is missing: apt-get install/);
  const fit = { ...java, command: [process.execPath, '-e', 'console.error(\'openjdk version "21.0.2"\')'] as const };
  assert.deepEqual(missing([fit]), []);
});

test('an engine that was never started is stopped, and stopping it changes nothing', async () => {
  const engines = kit(join(folder, 'engines'), undefined, join(folder, 'cache'));
  for (const name of engineNames) {
    await engines.down(name, true);
    const { running, processes, variables } = engines.status(name);
    assert.deepEqual({ running, processes, variables }, { running: false, processes: [], variables: {} });
  }
});
