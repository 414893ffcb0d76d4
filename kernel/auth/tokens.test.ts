import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose';
import { tokenVerifier } from './tokens.ts';

const [issuer, audience] = ['https://hc.example/auth', 'https://hc.example/fhir'];
const claims = {
  ...{ sub: 'adler', role: 'practitioner', org: 'northgate', purpose_of_use: 'TREAT', client_id: 'cli' },
  ...{ scope: 'openid user/*.rs', auth_time: 1_700_000_000 },
};

interface Given {
  claims?: JWTPayload;
  issuer?: string;
  audience?: string;
  /** Seconds from now. */
  expires?: number;
  foreign?: boolean;
}

async function world() {
  const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const clock = { time: Date.UTC(2026, 0, 1), now: () => clock.time };
  let asked = 0;
  const jwks = async (): Promise<JSONWebKeySet> => {
    asked += 1;
    return { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'ES256' }] };
  };
  const token = (given: Given = {}) =>
    new SignJWT({ ...claims, ...given.claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
      .setIssuer(given.issuer ?? issuer)
      .setAudience(given.audience ?? audience)
      .setExpirationTime(Math.floor(clock.time / 1000) + (given.expires ?? 300))
      .sign((given.foreign ? foreign : own).privateKey);
  return { clock, token, verify: tokenVerifier({ issuer, audience, jwks, clock }), asked: () => asked };
}

test('a verified token makes an actor of its claims', async () => {
  const { verify, token, clock } = await world();
  const { expires, ...actor } = await verify(await token());
  assert.deepEqual(actor, {
    ...{ subject: 'adler', role: 'practitioner', organization: 'northgate', purpose: 'TREAT', careTeams: [] },
    ...{ scopes: ['openid', 'user/*.rs'], client: 'cli', authTime: 1_700_000_000 },
  });
  assert.equal(expires, clock.time / 1000 + 300);
  const patient = { role: 'patient', patient: 'p1', org: undefined, care_teams: ['t1'] };
  const other = await verify(await token({ claims: patient }));
  assert.deepEqual([other.patient, other.organization, other.careTeams], ['p1', undefined, ['t1']]);
});

test('a token of another issuer, audience or key is refused, and so is what is no token', async () => {
  const { verify, token } = await world();
  const good = await token();
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  const altered = Buffer.from(
    JSON.stringify({ ...claims, iss: issuer, aud: audience, exp: 9e9, role: 'administrator' }),
  );
  for (const bad of [
    await token({ issuer: 'https://evil.example/auth' }),
    await token({ audience: 'https://other.example/fhir' }),
    await token({ foreign: true }),
    unsigned,
    `${header}.${altered.toString('base64url')}.${signature}`,
    'nonsense',
    '',
  ])
    await assert.rejects(verify(bad), { code: 'login' });
});

test('a token without a claim that decides is refused', async () => {
  const { verify, token } = await world();
  for (const missing of ['sub', 'role', 'purpose_of_use'])
    await assert.rejects(verify(await token({ claims: { [missing]: undefined } })), { code: 'login' });
  await assert.rejects(verify(await token({ claims: { role: 'emperor' } })), { code: 'login' });
});

test('an expired token is told apart, also one that was verified before', async () => {
  const { verify, token, clock } = await world();
  await assert.rejects(verify(await token({ expires: -1 })), { code: 'expired' });
  const good = await token();
  await verify(good);
  clock.time += 300_000;
  await assert.rejects(verify(good), { code: 'expired' });
});

test('a token is verified once', async () => {
  const { verify, token, asked } = await world();
  const good = await token();
  for (let n = 0; n < 3; n++) await verify(good);
  assert.equal(asked(), 1);
  await verify(await token({ claims: { sub: 'bloom' } }));
  assert.equal(asked(), 2);
});
