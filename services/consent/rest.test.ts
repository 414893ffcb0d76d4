import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { consentWorld, start } from './testing/world.ts';

async function scene(t: TestContext, env: Record<string, string> = {}) {
  const world = await consentWorld(t, { env });
  const { rest, logIn } = world;
  return {
    ...world,
    ada: logIn('ada', 'patient', { patient: 'p-1' }).token,
    async call(token: string | undefined, method: 'GET' | 'POST', url: string, body?: object, key?: string) {
      const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(key && { 'idempotency-key': key }) };
      const answer = await rest.inject({ method, url, headers, ...(body && { payload: body }) });
      return { status: answer.statusCode, body: answer.body ? answer.json() : undefined };
    },
  };
}

test('grant, list, explain and revoke in plain words', async (t) => {
  const { call, ada } = await scene(t);
  const choices = {
    grantee: { organization: 'lindenhof' },
    purposes: ['TREAT'],
    labels: ['R', 'PSY'],
    resource_types: ['Condition'],
  };
  const granted = await call(ada, 'POST', '/consent/grants', choices, 'k-1');
  assert.equal(granted.status, 201);
  assert.deepEqual(Object.keys(granted.body), ['consent', 'version', 'stream_version', 'event']);
  assert.deepEqual(await call(ada, 'POST', '/consent/grants', choices, 'k-1'), granted);

  const listed = await call(ada, 'GET', '/consent/grants');
  assert.deepEqual(
    listed.body.grants.map(({ id }: { id: string }) => id),
    [granted.body.consent],
  );
  const asked = {
    actor: { subject: 'chen' },
    resources: [
      { type: 'Condition', id: 'c' },
      { type: 'Observation', id: 'o' },
    ],
  };
  const explained = await call(ada, 'POST', '/consent/explain', asked);
  assert.deepEqual([explained.body.permit, explained.body.permits], [true, [true, false]]);
  assert.ok(explained.body.steps.every(({ reason }: { reason: string }) => reason.length > 0));

  const revoked = await call(ada, 'POST', `/consent/grants/${granted.body.consent}/revoke`, { reason: 'enough' });
  assert.deepEqual([revoked.status, revoked.body.version], [200, 2]);
  assert.deepEqual((await call(ada, 'GET', '/consent/grants')).body.grants, []);
});

test('a day given as the end is covered whole, in the zone of the deployment', async (t) => {
  const { call, ada, clock } = await scene(t, { CONSENT_ZONE: '+01:00' });
  await call(ada, 'POST', '/consent/grants', { grantee: { organization: 'lindenhof' }, until: '2026-01-31' });
  const basis = async (at: number) => {
    clock.time = at;
    const asked = { actor: { subject: 'chen', organization: 'lindenhof', role: 'practitioner' } };
    return (await call(ada, 'POST', '/consent/explain', asked)).body.basis.length;
  };
  const end = Date.UTC(2026, 0, 31, 23);
  assert.deepEqual([await basis(end - 1), await basis(end)], [2, 2]);
  const { body } = await call(ada, 'GET', '/consent/grants');
  assert.equal(body.grants[0].provision.period.end, new Date(end - 1).toISOString());
  assert.equal(
    (await call(ada, 'POST', '/consent/grants', { grantee: { role: 'practitioner' }, until: 'soon' })).status,
    400,
  );
});

test('bad requests are refused with what is wrong, and change nothing', async (t) => {
  const { call, ada, consent, logIn } = await scene(t);
  const grant = (body: object, token: string | undefined = ada) => call(token, 'POST', '/consent/grants', body);
  const grantee = { organization: 'lindenhof' };
  assert.equal((await call(undefined, 'POST', '/consent/grants', { grantee })).status, 401);
  assert.equal((await grant({})).status, 400);
  assert.equal((await grant({ grantee, purposes: ['FUN'] })).status, 400);
  assert.equal((await grant({ grantee, labels: ['FUN'] })).status, 400);
  assert.equal((await grant({ grantee, resource_types: ['Fun'] })).status, 400);
  assert.equal((await grant({ grantee: { organization: 'a/b' } })).status, 400);
  assert.equal((await grant({ grantee, until: '2020-01-01' })).status, 400);
  assert.equal((await grant({ grantee, surprise: 1 })).status, 400);
  assert.equal((await grant({ grantee, patient: 'p-2' })).status, 403);
  assert.equal(
    (await grant({ grantee, patient: 'p-1' }, logIn('chen', 'practitioner', { organization: 'lindenhof' }).token))
      .status,
    403,
  );
  assert.equal((await call(ada, 'POST', '/consent/grants/nothing/revoke', {})).status, 404);
  assert.deepEqual((await consent.head({ patients: ['p-1', 'p-2'] })).versions, [0, 0]);
});

test('break-glass by REST: listed, reviewed, lifted', async (t) => {
  const { call, ada, outside, logIn } = await scene(t);
  const evans = logIn('evans', 'practitioner', { organization: 'harbour' });
  const gray = logIn('gray', 'privacy-officer', { organization: 'harbour' }).token;
  const reason = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' };
  const { id } = await outside.declareBreakGlass({ patient: 'p-1', reason, reasonText: 'unconscious' }, evans);
  const { body } = await call(ada, 'GET', '/consent/break-glass');
  assert.deepEqual(body.declarations, [
    {
      ...{ id, patient: 'p-1', clinician: 'evans', organization: 'harbour', reason, reason_text: 'unconscious' },
      declared_at: new Date(start).toISOString(),
      expires_at: new Date(start + 240 * 60_000).toISOString(),
    },
  ]);
  assert.equal((await call(gray, 'GET', '/consent/break-glass?unreviewed=true')).body.declarations.length, 1);
  assert.equal((await call(evans.token, 'POST', `/consent/break-glass/${id}/end`)).status, 200);
  const verdict = { verdict: 'unjustified', text: 'curiosity' };
  assert.equal(
    (await call(gray, 'POST', `/consent/break-glass/${id}/review`, { verdict: 'perhaps', text: 'x' })).status,
    400,
  );
  assert.equal(
    (await call(gray, 'POST', `/consent/break-glass/${id}/review`, verdict)).body.review.verdict,
    'unjustified',
  );
  const lifted = await call(gray, 'POST', '/consent/suspensions/evans/lift', { reason: 'trained anew' });
  assert.equal(lifted.status, 204);
  assert.equal((await call(gray, 'POST', '/consent/suspensions/evans/lift', { reason: 'again' })).status, 404);
});
