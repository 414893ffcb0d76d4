import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { OperationOutcome } from '@medplum/fhirtypes';
import { generateKeyPair, SignJWT } from 'jose';
import type { Answer } from '../../cli/client.ts';
import { login } from '../../cli/oidc.ts';
import { Failure } from '../../kernel/errors.ts';
import type { GrpcTransport } from '../../kernel/rpc/network.ts';
import { IdentityService } from '../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import { observation, type Scene, scene } from '../scene.ts';

const bodyLimit = 1_000_000;
let stage: Scene;
let grpc: GrpcTransport;
before(async () => {
  stage = await scene({ env: { BODY_LIMIT: `${bodyLimit}` } });
  grpc = stage.platform.rpc();
});
after(async () => {
  grpc.close();
  await stage.dispose();
});

interface Sent {
  method?: string;
  token?: string;
  type?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

async function ask(path: string, sent: Sent): Promise<Pick<Answer, 'status' | 'body'>> {
  const { method = 'POST', token = stage.authorToken, type, headers, body } = sent;
  const response = await fetch(stage.platform.url + path, {
    method,
    headers: { 'content-type': type ?? 'application/fhir+json', authorization: `Bearer ${token}`, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/** Asks and expects an OperationOutcome of this kind, about this element. */
async function refused(path: string, sent: Sent, [status, code, expression]: [number, string, string?]): Promise<void> {
  const answer = await ask(path, sent);
  const { resourceType, issue } = answer.body as OperationOutcome;
  const told = [answer.status, resourceType, issue?.[0]?.severity, issue?.[0]?.code];
  assert.deepEqual(told, [status, 'OperationOutcome', 'error', code], `${path}: ${JSON.stringify(answer.body)}`);
  assert.ok(issue?.[0]?.diagnostics);
  if (expression) assert.equal(issue?.[0]?.expression?.[0], expression);
}

/** How many Observations the patient has; bad input must not change it. */
async function count(): Promise<number> {
  const query = `/fhir/Observation?patient=${stage.patient.patient}&_summary=count`;
  return (await ask(query, { method: 'GET' })).body.total;
}

async function changesNothing(work: () => Promise<void>): Promise<void> {
  const before = await count();
  await work();
  assert.equal(await count(), before);
}

const post = '/fhir/Observation';
const valid = () => observation(stage.patient.patient, 1);

test('bodies that are not what they should be', () =>
  changesNothing(async () => {
    await refused(post, { body: '{"resourceType": ' }, [400, 'structure']);
    await refused(post, { body: [1] }, [400, 'structure']);
    await refused(post, { body: { resourceType: 'Patient' } }, [400, 'invalid']);
    await refused('/fhir/Nonsense', { body: { resourceType: 'Nonsense' } }, [404, 'not-found']);
    await refused(post, { body: '<Observation/>', type: 'application/fhir+xml' }, [415, 'not-supported']);
    await refused(post, { body: { ...valid(), note: [{ text: 'x'.repeat(bodyLimit) }] } }, [413, 'too-long']);
  }));

test('elements that are wrong are named', () =>
  changesNothing(async () => {
    const bad = (more: object) => ({ body: { ...valid(), ...more } });
    await refused(post, bad({ status: 'done' }), [400, 'value', 'Observation.status']);
    await refused(post, bad({ mood: 'good' }), [400, 'structure', 'Observation.mood']);
    await refused(post, bad({ code: undefined }), [400, 'required', 'Observation.code']);
    const nobody = { reference: 'Patient/nobody' };
    await refused(post, bad({ subject: nobody }), [422, 'not-found', 'Observation.subject.reference']);
  }));

test('a transaction with one bad entry changes nothing', () =>
  changesNothing(async () => {
    const entry = [valid(), { ...valid(), status: 'done' }].map((resource) => ({
      resource,
      request: { method: 'POST', url: 'Observation' },
    }));
    await refused('/fhir', { body: { resourceType: 'Bundle', type: 'transaction', entry } }, [400, 'value']);
    await refused('/fhir', { body: { resourceType: 'Bundle', type: 'document' } }, [400, 'value', 'Bundle.type']);
  }));

test('a stale If-Match leaves the resource as it is', async () => {
  const { body: made } = await ask(post, { body: valid() });
  const path = `/fhir/Observation/${made.id}`;
  const changed = { ...valid(), id: made.id, status: 'amended' };
  const put = (etag: string) => ({ method: 'PUT', body: changed, headers: { 'if-match': etag } });
  await refused(path, put('W/"7"'), [412, 'conflict']);
  await refused(path, put('yesterday'), [400, 'value']);
  const { body: now } = await ask(path, { method: 'GET' });
  assert.deepEqual([now.meta.versionId, now.status], ['1', 'final']);
  assert.equal((await ask(path, put('W/"1"'))).status, 200);
});

test('the same message twice is one message', async () => {
  const before = await count();
  const sent = { body: valid(), headers: { 'idempotency-key': 'the-same-message' } };
  const [first, second] = await Promise.all([ask(post, sent), ask(post, sent)]);
  assert.deepEqual([first.status, second.status, first.body.id], [201, 201, second.body.id]);
  const other = { ...sent, body: observation(stage.patient.patient, 2) };
  await refused(post, other, [422, 'business-rule', 'Idempotency-Key']);
  assert.equal(await count(), before + 1);
});

test('searches that name no patient, or what is no parameter', async () => {
  await refused('/fhir/Observation?code=8867-4', { method: 'GET' }, [400, 'not-supported', 'patient']);
  await refused('/fhir/Patient?name=Berg', { method: 'GET' }, [400, 'not-supported', 'patient']);
  const odd = `/fhir/Observation?patient=${stage.patient.patient}&mood=good`;
  await refused(odd, { method: 'GET' }, [400, 'not-supported', 'mood']);
});

test('what is not there and what is not allowed look the same', async () => {
  const path = `/fhir/Patient/${stage.patient.patient}`;
  const stranger = await login({ server: stage.platform.url, user: 'dr.chen', password: 'healthchain-demo' });
  const there = await ask(path, { method: 'GET', token: stranger.accessToken });
  const absent = await ask('/fhir/Patient/nobody', { method: 'GET', token: stranger.accessToken });
  assert.deepEqual([there.status, there.body], [absent.status, absent.body]);
  assert.equal(there.body.issue[0].code, 'forbidden');
});

test('tokens that are foreign, expired or too small in scope', async () => {
  const { url } = stage.platform;
  const { privateKey } = await generateKeyPair('ES256');
  const foreign = await new SignJWT({ role: 'administrator', purpose_of_use: 'TREAT', scope: 'user/*.cruds' })
    .setProtectedHeader({ alg: 'ES256', kid: 'theirs' })
    .setIssuer(`${url}/auth`)
    .setAudience(`${url}/fhir`)
    .setSubject('mallory')
    .setExpirationTime('1h')
    .sign(privateKey);
  const get = { method: 'GET' };
  await refused(post, { ...get, token: foreign }, [401, 'login']);
  await refused(post, { ...get, token: '' }, [401, 'login']);
  const account = { server: url, user: 'dr.adler', password: 'healthchain-demo' };
  const { accessToken: small } = await login({ ...account, scope: 'openid user/Observation.rs' });
  await changesNothing(() => refused(post, { body: valid(), token: small }, [403, 'forbidden']));
});

async function all<T>(answers: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const answer of answers) gathered.push(answer);
  return gathered;
}

async function* each(bundles: Uint8Array[]) {
  for (const bundle of bundles) yield { bundle };
}

test('over gRPC: the same errors as status codes, and nothing changed', () =>
  changesNothing(async () => {
    const records = grpc.client(RecordsService);
    const as = { token: stage.authorToken };
    const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    const ingest = (...bundles: Uint8Array[]) => all(records.ingest(each(bundles), as));
    await assert.rejects(records.read({ type: 'Observation', id: 'x' }), { code: 'login' });
    await assert.rejects(records.read({ type: 'Observation', id: 'x' }, { token: 'a.b.c' }), { code: 'login' });
    await assert.rejects(records.read({ type: 'Observation', id: 'x' }, as), { code: 'forbidden' });
    await assert.rejects(records.read({ type: 'Nonsense', id: 'x' }, as), { code: 'not-found' });
    await assert.rejects(all(records.search({ query: 'Observation?code=1' }, as)), { code: 'not-supported' });
    await assert.rejects(all(records.search({ query: '?' }, as)), { code: 'value' });
    await assert.rejects(ingest(Buffer.alloc(40_000_000)), { code: 'too-long' });
    const answers = await ingest(bytes('{'), bytes({ resourceType: 'Patient' }));
    for (const { ok, bundle } of answers) {
      assert.equal(ok, false);
      assert.equal(JSON.parse(Buffer.from(bundle).toString()).resourceType, 'OperationOutcome');
    }
    assert.equal(answers.length, 2);
  }));

test('over gRPC: what is for services or administrators only', async () => {
  const identity = grpc.client(IdentityService);
  const person = { login: 'mallory', name: 'Mallory', role: 'administrator' };
  await assert.rejects(identity.registerPerson(person), (error) => error instanceof Failure && error.code === 'login');
  await assert.rejects(identity.registerPerson(person, { token: stage.authorToken }), { code: 'forbidden' });
});

test('a token that has run out is told so', async () => {
  await stage.platform.stop();
  await stage.platform.restart({ ACCESS_TOKEN_TTL: '2' });
  const account = { server: stage.platform.url, user: 'dr.adler', password: 'healthchain-demo' };
  const { accessToken: token } = await login(account);
  const path = `/fhir/Patient/${stage.patient.patient}`;
  assert.equal((await ask(path, { method: 'GET', token })).status, 200);
  while ((await ask(path, { method: 'GET', token })).status === 200);
  await refused(path, { method: 'GET', token }, [401, 'expired']);
});
