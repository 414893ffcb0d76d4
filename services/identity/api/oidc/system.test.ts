import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { SignJWT } from 'jose';
import { token } from '../../testing/browser.ts';
import { baseUrl, identityWorld, newKeyPair } from '../../testing/world.ts';

const { privateKey, jwk } = newKeyPair('key-1');
let world: Awaited<ReturnType<typeof identityWorld>>;
let client: string;
before(async () => {
  world = await identityWorld();
  await world.identity.registerOrganization({ id: 'northgate', name: 'Northgate', kind: 'hospital' });
  const registered = await world.identity.registerClient({
    ...{ name: 'Laboratory feed', organization: 'northgate', jwks: JSON.stringify({ keys: [jwk] }) },
    scopes: ['system/Observation.cruds', 'system/Patient.rs'],
  });
  client = registered.id;
});
after(() => world.stop());

interface Assertion {
  subject?: string;
  audience?: string;
  seconds?: number;
  key?: typeof privateKey;
}

function assertion({ subject = client, audience, seconds = 60, key = privateKey }: Assertion = {}): Promise<string> {
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: 'key-1' })
    .setIssuer(subject)
    .setSubject(subject)
    .setAudience(audience ?? `${baseUrl}/auth/token`)
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(key);
}

const ask = (client_assertion: string, scope = 'system/*.rs') =>
  token(world.server, {
    ...{ grant_type: 'client_credentials', scope, client_assertion },
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });

test('a system signs in with its key and gets what it is registered for, of what it asks', async () => {
  const { status, body } = await ask(await assertion());
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.expires_in, 300);
  assert.equal(body.scope, 'system/Observation.rs system/Patient.rs');
  const actor = await world.authenticate(body.access_token);
  assert.equal(actor.subject, client);
  assert.deepEqual(
    [actor.role, actor.organization, actor.purpose, actor.authTime],
    ['system', 'northgate', 'TREAT', 0],
  );
});

test('an assertion is good once, for five minutes, for us, and from the registered key only', async () => {
  const once = await assertion();
  assert.equal((await ask(once)).status, 200);
  const refused = async (given: Promise<string> | string) => {
    const { status, body } = await ask(await given);
    assert.deepEqual([status, body.error], [401, 'invalid_client']);
  };
  await refused(once);
  await refused(assertion({ seconds: 3600 }));
  await refused(assertion({ seconds: -60 }));
  await refused(assertion({ audience: 'https://elsewhere.example/token' }));
  await refused(assertion({ key: newKeyPair('key-1').privateKey }));
  await refused(assertion({ subject: randomUUID() }));
});

test('scopes of people, unregistered ones and none at all are refused', async () => {
  for (const scope of ['user/*.cruds', 'system/Condition.r', 'launch/patient', 'openid']) {
    assert.equal((await ask(await assertion(), scope)).body.error, 'invalid_scope', scope);
  }
});

test('a login by password or a code is not for systems', async () => {
  const answer = await token(world.server, {
    grant_type: 'password',
    username: 'ada',
    password: 'x',
    client_id: client,
  });
  assert.ok(answer.status >= 400);
});
