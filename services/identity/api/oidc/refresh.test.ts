import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser, exchange, logIn, refresh, request, tokensFor } from '../../testing/browser.ts';
import { disk, identityWorld, registerPerson } from '../../testing/world.ts';

const offline = { scope: 'openid patient/*.rs launch/patient offline_access' };

async function worldWithAda(options: Parameters<typeof identityWorld>[0] = {}) {
  const world = await identityWorld(options);
  await registerPerson(world, { login: 'ada', role: 'patient', patient: 'p-1' });
  return world;
}

test('a refresh token is exchanged for a new one, with the same person, purpose, patient and scopes', async (t) => {
  const world = await worldWithAda();
  t.after(() => world.stop());
  const first = (await tokensFor(world.server, 'ada', { ...offline, purpose_of_use: 'FAMRQT' })).body;
  const { status, body } = await refresh(world.server, first.refresh_token);
  assert.equal(status, 200, JSON.stringify(body));
  assert.notEqual(body.refresh_token, first.refresh_token);
  assert.equal(body.patient, 'p-1');
  const [before, now] = [await world.authenticate(first.access_token), await world.authenticate(body.access_token)];
  assert.deepEqual({ ...now, expires: 0 }, { ...before, expires: 0 });
  assert.equal(now.purpose, 'FAMRQT');
});

test('a refresh may ask for less, never for more', async (t) => {
  const world = await worldWithAda();
  t.after(() => world.stop());
  const { refresh_token } = (await tokensFor(world.server, 'ada', offline)).body;
  const less = (await refresh(world.server, refresh_token, { scope: 'patient/*.rs' })).body;
  assert.equal(less.scope, 'patient/*.rs');
  assert.equal((await world.authenticate(less.access_token)).purpose, 'PATRQT');
  const more = await refresh(world.server, less.refresh_token, { scope: 'user/*.cruds' });
  assert.equal(more.body.error, 'invalid_scope');
});

test('a refresh token used twice ends the whole family', async (t) => {
  const world = await worldWithAda();
  t.after(() => world.stop());
  const first = (await tokensFor(world.server, 'ada', offline)).body;
  const second = (await refresh(world.server, first.refresh_token)).body;
  const replay = await refresh(world.server, first.refresh_token);
  assert.deepEqual([replay.status, replay.body.error], [400, 'invalid_grant']);
  const thief = await refresh(world.server, second.refresh_token);
  assert.deepEqual([thief.status, thief.body.error], [400, 'invalid_grant']);
});

test('of two refreshes at the same time one succeeds at most, and the family ends', async (t) => {
  const world = await worldWithAda();
  t.after(() => world.stop());
  const { refresh_token } = (await tokensFor(world.server, 'ada', offline)).body;
  const both = await Promise.all([refresh(world.server, refresh_token), refresh(world.server, refresh_token)]);
  const succeeded = both.filter(({ status }) => status === 200);
  assert.ok(succeeded.length <= 1);
  for (const { body } of succeeded) {
    assert.equal((await refresh(world.server, body.refresh_token)).body.error, 'invalid_grant');
  }
});

test('a restart keeps refresh tokens and sessions', async () => {
  const kept = disk();
  const before = await worldWithAda({ disk: kept });
  const by = browser(before.server);
  const first = await exchange(before.server, (await logIn(by, request(offline), 'ada')).url);
  await before.stop();
  const world = await identityWorld({ disk: kept });
  const { status, body } = await refresh(world.server, first.body.refresh_token);
  assert.equal(status, 200, JSON.stringify(body));
  await world.authenticate(first.body.access_token); // signed with the same key
  await world.stop();
});

test('a revoked refresh token is of no use', async (t) => {
  const world = await worldWithAda();
  t.after(() => world.stop());
  const { refresh_token } = (await tokensFor(world.server, 'ada', offline)).body;
  const form = new URLSearchParams({ client_id: 'healthchain-cli', token: refresh_token });
  assert.equal((await fetch(`${world.server}/auth/revoke`, { method: 'POST', body: form })).status, 200);
  assert.equal((await refresh(world.server, refresh_token)).body.error, 'invalid_grant');
});

test('online access ends with the logout', async (t) => {
  const world = await worldWithAda();
  t.after(() => world.stop());
  const by = browser(world.server);
  const online = request({ scope: 'patient/*.rs online_access' });
  const { refresh_token } = (await exchange(world.server, (await logIn(by, online, 'ada')).url)).body;
  const next = (await refresh(world.server, refresh_token)).body.refresh_token;
  const page = await (await by.open('/auth/logout')).text();
  assert.match(page, /Log out of HealthChain\?/);
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  assert.match(await (await by.follow('/auth/logout/confirm', { xsrf, logout: 'yes' })).answer.text(), /Logged out/);
  assert.equal((await refresh(world.server, next)).body.error, 'invalid_grant');
});

test('demo accounts neither log in nor refresh with NODE_ENV=production', async () => {
  const kept = disk();
  const development = await worldWithAda({ disk: kept });
  const { refresh_token } = (await tokensFor(development.server, 'ada', offline)).body;
  await development.stop();
  const world = await identityWorld({ disk: kept, env: { NODE_ENV: 'production' } });
  const { answer } = await logIn(browser(world.server), request(), 'ada');
  assert.equal(answer.status, 401);
  assert.equal((await refresh(world.server, refresh_token)).body.error, 'invalid_grant');
  await world.stop();
});
