import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../../kernel/errors.ts';
import { tokensFor } from '../../testing/browser.ts';
import { baseUrl, disk, identityWorld, registerPerson } from '../../testing/world.ts';

const failure = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

test('discovery, key set and the SMART configuration name the public address, whatever host was asked for', async (t) => {
  const world = await identityWorld();
  t.after(() => world.stop());
  const get = async (path: string) => {
    const answer = await fetch(world.server + path);
    assert.equal(answer.status, 200, path);
    // biome-ignore lint/suspicious/noExplicitAny: a document, asserted on below
    return (await answer.json()) as any;
  };
  const discovery = await get('/auth/.well-known/openid-configuration');
  assert.equal(discovery.issuer, `${baseUrl}/auth`);
  assert.equal(discovery.token_endpoint, `${baseUrl}/auth/token`);
  assert.deepEqual(discovery.response_types_supported, ['code']);
  assert.deepEqual(discovery.code_challenge_methods_supported, ['S256']);
  const smart = await get('/fhir/.well-known/smart-configuration');
  for (const name of ['authorization_endpoint', 'token_endpoint', 'revocation_endpoint', 'jwks_uri', 'issuer']) {
    assert.equal(smart[name], discovery[name], name);
  }
  assert.ok(smart.capabilities.includes('permission-v2'));
  const keys = await get('/auth/jwks');
  assert.deepEqual(
    keys.keys.map(({ kid, x, y }: Record<string, string>) => ({ kid, x, y })),
    (await world.service.jwks()).keys.map(({ kid, x, y }) => ({ kid, x, y })),
  );
  assert.equal(keys.keys[0].d, undefined);
});

test('an expired token, one of another issuer and an altered one are refused', async (t) => {
  const [world, other] = [await identityWorld(), await identityWorld()];
  t.after(() => Promise.all([world.stop(), other.stop()]));
  for (const each of [world, other]) await registerPerson(each, { login: 'ada', role: 'patient', patient: 'p-1' });
  const { access_token } = (await tokensFor(world.server, 'ada')).body;
  const foreign = (await tokensFor(other.server, 'ada')).body.access_token;
  await assert.rejects(world.authenticate(foreign), failure('login'));
  const [head, payload, signature] = access_token.split('.');
  const forged = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('"patient"', '"administrator"'));
  await assert.rejects(world.authenticate([head, forged.toString('base64url'), signature].join('.')), failure('login'));
  await world.authenticate(access_token);
  world.clock.forward(11 * 60_000);
  await assert.rejects(world.authenticate(access_token), failure('expired'));
});

test('a new key generation signs; the one before still verifies; two later it does not', async () => {
  const kept = disk();
  const tokenOf = async (generation: number) => {
    const world = await identityWorld({ disk: kept, env: { OIDC_KEY_GENERATION: String(generation) } });
    await registerPerson(world, { login: `ada${generation}`, role: 'patient', patient: `p-${generation}` });
    const { access_token } = (await tokensFor(world.server, `ada${generation}`)).body;
    await world.stop();
    return { world, access_token };
  };
  const [first, second, third] = [await tokenOf(1), await tokenOf(2), await tokenOf(3)];
  assert.equal((await second.world.service.jwks()).keys.length, 2);
  await second.world.authenticate(first.access_token);
  await second.world.authenticate(second.access_token);
  await assert.rejects(third.world.authenticate(first.access_token), failure('login'));
});
