import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { authorizeUrl, browser, csrfOf, exchange, logIn, refresh, request, verifier } from '../../testing/browser.ts';
import { baseUrl, identityWorld, registerPerson } from '../../testing/world.ts';

let world: Awaited<ReturnType<typeof identityWorld>>;
let client: string;
const redirect_uri = 'https://app.example/callback';
before(async () => {
  world = await identityWorld();
  await registerPerson(world, { login: 'ada', role: 'patient', patient: 'p-1' });
  await world.identity.registerOrganization({ id: 'northgate', name: 'Northgate', kind: 'hospital' });
  const registered = await world.identity.registerClient({
    ...{ name: 'Growth <Charts>', organization: 'northgate', redirectUris: [redirect_uri] },
    scopes: ['patient/Observation.rs', 'launch/patient', 'offline_access'],
  });
  client = registered.id;
});
after(() => world.stop());

const asked = (change: Record<string, string> = {}) =>
  request({ client_id: client, redirect_uri, scope: 'patient/*.rs launch/patient offline_access', ...change });

async function consent(decision: string) {
  const by = browser(world.server);
  const { answer, url } = await logIn(by, asked(), 'ada');
  const page = await answer.text();
  return { by, page, answer: await by.follow(url.pathname, { csrf: csrfOf(page), decision }) };
}

test("a third party's application gets what the person allows, within what it is registered for", async () => {
  const { by, page, answer } = await consent('allow');
  assert.match(page, /Growth &lt;Charts&gt;/);
  assert.match(page, /patient\/Observation\.rs/);
  assert.doesNotMatch(page, /patient\/\*\.rs/);
  const exchanged = await exchange(world.server, answer.url, { client_id: client, redirect_uri });
  assert.equal(exchanged.status, 200, JSON.stringify(exchanged.body));
  assert.deepEqual(exchanged.body.scope.split(' ').sort(), [
    'launch/patient',
    'offline_access',
    'patient/Observation.rs',
  ]);
  assert.equal(exchanged.body.patient, 'p-1');
  assert.equal((await refresh(world.server, exchanged.body.refresh_token, { client_id: client })).status, 200);
  // allowed before, in this session, and nothing lasting is asked for: no second question
  const again = await by.follow(authorizeUrl(asked({ scope: 'patient/Observation.r' })));
  assert.equal(again.url.searchParams.get('error'), null);
});

test('what the person does not allow is not given', async () => {
  const { answer } = await consent('deny');
  assert.equal(answer.url.origin, 'https://app.example');
  assert.equal(answer.url.searchParams.get('error'), 'access_denied');
  assert.equal(answer.url.searchParams.get('code'), null);
});

test('a pushed authorization request is used once', async () => {
  const pushed = await fetch(`${world.server}/auth/par`, {
    method: 'POST',
    body: new URLSearchParams(asked({ prompt: 'consent', aud: `${baseUrl}/fhir` })),
  });
  assert.equal(pushed.status, 201);
  const { request_uri } = (await pushed.json()) as { request_uri: string };
  const by = browser(world.server);
  const { answer, url } = await logIn(by, { client_id: client, request_uri }, 'ada');
  const end = await by.follow(url.pathname, { csrf: csrfOf(await answer.text()), decision: 'allow' });
  const code = { code: end.url.searchParams.get('code') ?? '', code_verifier: verifier };
  const { status, body } = await exchange(world.server, end.url, { client_id: client, redirect_uri, ...code });
  assert.equal(status, 200, JSON.stringify(body));
  const replay = await browser(world.server).follow(authorizeUrl({ client_id: client, request_uri }));
  assert.notEqual(replay.answer.status, 200);
});
