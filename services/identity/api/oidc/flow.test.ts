import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { Failure } from '../../../../kernel/errors.ts';
import { authorizeUrl, browser, csrfOf, exchange, logIn, refresh, request, tokensFor } from '../../testing/browser.ts';
import { baseUrl, identityWorld, password, registerPerson } from '../../testing/world.ts';

const failure = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;
let world: Awaited<ReturnType<typeof identityWorld>>;
before(async () => {
  world = await identityWorld();
  await registerPerson(world, { login: 'ada', role: 'patient', patient: 'p-1' });
  await registerPerson(world, { login: 'dr.who', role: 'practitioner', organization: 'northgate' });
});
after(() => world.stop());

test('a patient logs in with code and PKCE and gets a token bound to audience, role, purpose, patient and scopes', async () => {
  const by = browser(world.server);
  const { url } = await logIn(
    by,
    request({ aud: `${baseUrl}/fhir`, scope: 'openid fhirUser profile patient/*.cruds user/*.cruds launch/patient' }),
    'ADA ',
  );
  assert.equal(url.searchParams.get('state'), 'a-state');
  assert.equal(url.searchParams.get('iss'), `${baseUrl}/auth`);
  const { status, body } = await exchange(world.server, url);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.token_type, 'Bearer');
  assert.equal(body.expires_in, 600);
  assert.equal(body.patient, 'p-1');
  assert.equal(body.refresh_token, undefined);
  const scopes = ['fhirUser', 'launch/patient', 'openid', 'patient/*.rs', 'patient/Consent.cruds', 'profile'];
  assert.deepEqual(body.scope.split(' ').sort(), scopes);
  const claims = decodeJwt(body.access_token);
  assert.equal(claims.aud, `${baseUrl}/fhir`);
  assert.equal(claims.iss, `${baseUrl}/auth`);
  const actor = await world.authenticate(body.access_token);
  assert.equal(actor.role, 'patient');
  assert.equal(actor.purpose, 'PATRQT');
  assert.equal(actor.patient, 'p-1');
  assert.equal(actor.client, 'healthchain-cli');
  assert.ok(actor.authTime > 0);
  const identity = decodeJwt(body.id_token);
  assert.equal(identity.sub, actor.subject);
  assert.equal(identity.name, 'Ada Example');
  assert.equal(identity.fhirUser, `${baseUrl}/fhir/Patient/p-1`);
  // an ID token is no access token
  await assert.rejects(world.authenticate(body.id_token), failure('login'));
});

test('a practitioner acts for the organisation, by default for treatment, and for no purpose that is not theirs', async () => {
  const scope = 'user/*.cruds';
  const { body } = await tokensFor(world.server, 'dr.who', { scope });
  const actor = await world.authenticate(body.access_token);
  assert.deepEqual([actor.role, actor.organization, actor.purpose], ['practitioner', 'northgate', 'TREAT']);
  assert.equal(body.patient, undefined);
  const emergency = await tokensFor(world.server, 'dr.who', { scope, purpose_of_use: 'ETREAT' });
  assert.equal((await world.authenticate(emergency.body.access_token)).purpose, 'ETREAT');
  const research = await logIn(browser(world.server), request({ scope, purpose_of_use: 'HRESCH' }), 'dr.who');
  assert.equal(research.url.searchParams.get('error'), 'access_denied');
  const unknown = await browser(world.server).follow(authorizeUrl(request({ purpose_of_use: 'FUN' })));
  assert.equal(unknown.url.searchParams.get('error'), 'invalid_request');
});

test('scopes that are not open to the role are refused where nothing remains', async () => {
  const { url } = await logIn(browser(world.server), request({ scope: 'openid user/*.cruds' }), 'ada');
  assert.equal(url.searchParams.get('error'), 'invalid_scope');
});

test('a second request in the same session asks for no password; for another purpose it ends the first grant', async () => {
  const by = browser(world.server);
  const scope = 'user/*.rs online_access';
  const first = await exchange(world.server, (await logIn(by, request({ scope }), 'dr.who')).url);
  const again = await by.follow(authorizeUrl(request({ scope })));
  assert.equal((await exchange(world.server, again.url)).status, 200);
  const other = await by.follow(authorizeUrl(request({ scope, purpose_of_use: 'HOPERAT' })));
  const { body } = await exchange(world.server, other.url);
  assert.equal((await world.authenticate(body.access_token)).purpose, 'HOPERAT');
  assert.equal((await refresh(world.server, first.body.refresh_token)).body.error, 'invalid_grant');
  assert.equal((await refresh(world.server, body.refresh_token)).status, 200);
});

test('without PKCE, with a plain challenge or with another verifier there is no token', async () => {
  const { code_challenge: _, code_challenge_method: __, ...bare } = request();
  const missing = await browser(world.server).follow(authorizeUrl(bare));
  assert.equal(missing.url.searchParams.get('error'), 'invalid_request');
  const plain = await browser(world.server).follow(authorizeUrl(request({ code_challenge_method: 'plain' })));
  assert.equal(plain.url.searchParams.get('error'), 'invalid_request');
  const { url } = await logIn(browser(world.server), request(), 'ada');
  const wrong = await exchange(world.server, url, { code_verifier: 'x'.repeat(43) });
  assert.deepEqual([wrong.status, wrong.body.error], [400, 'invalid_grant']);
});

test('a code works once; used again it takes back what it gave', async () => {
  const { url } = await logIn(browser(world.server), request({ scope: 'patient/*.rs offline_access' }), 'ada');
  const first = await exchange(world.server, url);
  assert.equal(first.status, 200);
  const again = await exchange(world.server, url);
  assert.deepEqual([again.status, again.body.error], [400, 'invalid_grant']);
  assert.equal((await refresh(world.server, first.body.refresh_token)).body.error, 'invalid_grant');
});

test('of two exchanges of one code at the same time at most one succeeds', async () => {
  const { url } = await logIn(browser(world.server), request(), 'ada');
  const both = await Promise.all([exchange(world.server, url), exchange(world.server, url)]);
  assert.ok(both.filter(({ status }) => status === 200).length <= 1);
});

test('a wrong password and an unknown login get the same page, and no code', async () => {
  const page = async (login: string) => {
    const { answer } = await logIn(browser(world.server), request(), login, 'not the password');
    assert.equal(answer.status, 401);
    const text = await answer.text();
    assert.match(text, /role="alert"/);
    return text.replace(csrfOf(text), '').replace(login, '');
  };
  assert.equal(await page('ada'), await page('nobody'));
});

test('the login page is bound to its browser and form, loads nothing and is never cached', async () => {
  const by = browser(world.server);
  const { answer, url } = await by.follow(authorizeUrl(request()));
  assert.match(
    answer.headers.get('content-security-policy') ?? '',
    /default-src 'none'.*form-action 'self' http:\/\/127\.0\.0\.1;/,
  );
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.doesNotMatch(await answer.text(), /<script|https?:\/\//);
  const form = { login: 'ada', password };
  assert.equal((await by.open(url.pathname, form)).status, 403); // no proof
  assert.equal((await by.open(url.pathname, { ...form, csrf: 'x'.repeat(64) })).status, 403);
  assert.equal((await browser(world.server).open(url.pathname)).status, 400); // no cookie
  const other = await by.open('/auth/interaction/another');
  assert.equal(other.status, 400);
});

test('an aud that is not our FHIR base, a foreign resource and a foreign redirect are refused', async () => {
  const asked = async (change: Record<string, string>) => browser(world.server).follow(authorizeUrl(request(change)));
  assert.equal((await asked({ aud: 'https://evil.example/fhir' })).url.searchParams.get('error'), 'invalid_request');
  assert.equal((await asked({ resource: 'https://evil.example' })).url.searchParams.get('error'), 'invalid_target');
  assert.equal((await asked({ redirect_uri: 'https://evil.example/' })).answer.status, 400);
});
