import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { main } from '../../cli/main.ts';
import { type Scene, scene } from '../scene.ts';
import { demoSecrets, found } from './secrets.ts';

let stage: Scene;
before(async () => {
  stage = await scene({ env: { LOG_LEVEL: 'debug' } });
});
after(() => stage.dispose());

/** Runs a command line against the platform; resolves to what it printed. */
async function cli(...argv: string[]): Promise<string> {
  const printed: string[] = [];
  const io = { out: (line: string) => void printed.push(line), err: (line: string) => void printed.push(line) };
  const code = await main([...argv, '--server', stage.platform.url], io);
  assert.equal(code, 0, printed.join('\n'));
  return printed.join('\n');
}

test('the story goes as it is told, and every access in it is proven', async () => {
  const result = JSON.parse(await cli('story', '--json', '--patient', stage.patient.user));
  assert.ok(result.verified >= 8, `${result.verified} entries verified`);
  const { user } = stage.patient;
  const told = (await cli('trail', '--as', user, '--count', '60')).split('\n').toReversed();
  const order = [
    /create .*Ines Adler/, // the hospital files
    /read .*Lian Chen .*REFUSED/,
    /granted/i,
    /read .*Lian Chen (?!.*REFUSED)/,
    /revoked/i,
    /read .*Lian Chen .*REFUSED/,
    /read .*Carys Evans .*REFUSED/,
    /emergency|break/i,
    /read .*Carys Evans (?!.*REFUSED)/,
  ];
  let at = 0;
  for (const line of told) if (order[at]?.test(line)) at += 1;
  assert.equal(at, order.length, `step ${at} (${order[at]}) is missing from:\n${told.join('\n')}`);
});

test('what the commands of the README print is what they promise', async () => {
  const users = await cli('users');
  for (const name of ['dr.adler', 'research.hale', stage.patient.user]) assert.match(users, new RegExp(name));
  const token = await cli('token', '--as', 'dr.adler');
  const asked = `${stage.platform.url}/fhir/Patient?identifier=urn:oid:2.999.1.1|HC100000`;
  const response = await fetch(asked, { headers: { authorization: `Bearer ${token.trim()}` } });
  const bundle = (await response.json()) as { resourceType: string; entry?: unknown[] };
  assert.deepEqual([response.status, bundle.resourceType, bundle.entry?.length], [200, 'Bundle', 1]);
  assert.match(await cli('verify', `${stage.platform.url}/log`), /valid/);
});

test('nothing readable in any stored byte, log line or metric', async () => {
  const secrets = demoSecrets();
  const { body } = await stage.as(stage.patient.user).call(`/fhir/Patient/${stage.patient.patient}`);
  assert.ok(found(secrets, Buffer.from(JSON.stringify(body))).length >= 6, 'the test sees what is readable');
  const metrics = await stage.platform.metrics();
  assert.deepEqual(found(secrets, Buffer.from(metrics)), []);
  assert.equal(await stage.platform.stop(), 0);
  assert.deepEqual(found(secrets, Buffer.from(stage.platform.output())), []);
  const { places, hits } = await stage.platform.stored(secrets);
  assert.deepEqual(hits, []);
  assert.ok(places > 10, `${places} places`);
});

test('the second start reuses the data', async () => {
  const { patient, platform } = stage;
  await platform.restart();
  const people = JSON.parse(await cli('users', '--json'));
  const same = (people.users ?? people).find(({ user }: { user: string }) => user === patient.user);
  assert.equal(same.patient, patient.patient);
  const { body } = await stage.as(patient.user).call(`/fhir/Patient/${patient.patient}`);
  assert.equal(body.id, patient.patient);
  assert.match(await cli('trail', '--as', patient.user, '--count', '60'), /Lian Chen/);
});

test('in production there is no demo world, and its accounts are refused', async () => {
  await stage.platform.stop();
  await stage.platform.restart({ NODE_ENV: 'production' });
  assert.equal((await fetch(`${stage.platform.url}/demo/users`)).status, 404);
  await assert.rejects(stage.as(stage.patient.user).call('/fhir/Patient'), { code: 'login' });
});
