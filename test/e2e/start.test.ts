import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { userClient } from '../../cli/client.ts';
import { freePort } from '../launch.ts';
import { type EmbeddedPlatform, embeddedPlatform } from '../platform.ts';

const administrator = { user: 'root', password: 'a long enough password' };
let platform: EmbeddedPlatform;
before(async () => {
  platform = await embeddedPlatform({
    env: { ADMIN_LOGIN: administrator.user, ADMIN_PASSWORD: administrator.password },
  });
});
after(() => platform.dispose());

/** Runs `npm start`'s command to its end. */
async function start(args: string[], env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['platform.ts', ...args], { env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}

test('without the demo world there is nobody, but the administrator that was asked for', async () => {
  assert.equal((await fetch(`${platform.url}/demo/users`)).status, 404);
  const demo = userClient(platform.url, { user: 'dr.adler', password: 'healthchain-demo' });
  await assert.rejects(demo.call('/fhir/Patient?_id=x'), { code: 'login' });
  const admin = userClient(platform.url, administrator);
  assert.equal((await admin.call('/fhir/Organization?_summary=count')).body.total, 0);
});

test('it says that it lives, is ready, what it offers and how it fares', async () => {
  const get = async (path: string) => {
    const response = await fetch(platform.url + path);
    return { status: response.status, text: await response.text() };
  };
  for (const path of ['/health/live', '/health/ready', '/metrics', '/log/vkey', '/log/checkpoint'])
    assert.equal((await get(path)).status, 200, path);
  assert.equal(JSON.parse((await get('/fhir/metadata')).text).resourceType, 'CapabilityStatement');
  for (const discovery of ['/fhir/.well-known/smart-configuration', '/auth/.well-known/openid-configuration'])
    assert.equal(JSON.parse((await get(discovery)).text).token_endpoint, `${platform.url}/auth/token`, discovery);
});

test('a second process on the same folder is refused, and says why', async () => {
  const env = { DATA_DIR: platform.folder, HTTP_PORT: `${await freePort()}`, GRPC_PORT: `${await freePort()}` };
  const { code, output } = await start(['--no-demo'], env);
  assert.equal(code, 1, output);
  assert.match(output, /another process/i);
});

test('SIGTERM to npm reaches the platform: it drains, and both end with 0', async () => {
  const http = await freePort();
  const env = { HTTP_PORT: `${http}`, GRPC_PORT: `${await freePort()}`, DATA_DIR: `${platform.folder}/npm` };
  const child = spawn('npm', ['start', '--', '--no-demo'], { env: { ...process.env, ...env }, stdio: 'ignore' });
  const ready = () => fetch(`http://127.0.0.1:${http}/health/ready`).then(({ ok }) => ok);
  while (!(await ready().catch(() => false))) assert.equal(child.exitCode, null, 'npm start ended');
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  await assert.rejects(ready());
});

test('a port that is taken, and a variable that makes no sense, stop the start with their name', async () => {
  const { port } = new URL(platform.url);
  const folder = { DATA_DIR: `${platform.folder}/other`, GRPC_PORT: `${await freePort()}` };
  const taken = await start(['--no-demo'], { ...folder, HTTP_PORT: port });
  assert.deepEqual([taken.code, taken.output.includes(port)], [1, true], taken.output);
  const nonsense = await start(['--no-demo'], { ...folder, HTTP_PORT: 'eighty' });
  assert.deepEqual([nonsense.code, nonsense.output.includes('HTTP_PORT')], [1, true], nonsense.output);
});

test('--help lists the variables; an unknown argument is told, with exit code 2', async () => {
  const help = await start(['--help']);
  assert.equal(help.code, 0);
  for (const name of ['HTTP_PORT', 'GRPC_PORT', 'DATA_DIR', 'BASE_URL', 'LOG_LEVEL', 'CONSENT_BASE_POLICY'])
    assert.match(help.output, new RegExp(name));
  const unknown = await start(['--demo-only']);
  assert.equal(unknown.code, 2);
  assert.match(unknown.output, /"--demo-only" is not understood/);
});
