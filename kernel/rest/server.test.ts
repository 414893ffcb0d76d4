import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import type { Actor } from '../auth/actor.ts';
import { randomIds } from '../clock.ts';
import { Failure, failures } from '../errors.ts';
import type { Service } from '../service.ts';
import { metricsRegistry } from '../telemetry.ts';
import { restServer } from './server.ts';

const clinician: Actor = {
  ...{ subject: 'adler', role: 'practitioner', purpose: 'TREAT', careTeams: [], scopes: ['user/Observation.rs'] },
  ...{ client: 'test', authTime: 0, expires: 0 },
};
const schema = {
  body: {
    type: 'object',
    required: ['title'],
    properties: {
      title: { type: 'string' },
      at: { type: 'integer' },
      verdict: { anyOf: [{ const: 'yes' }, { const: 'no' }] },
    },
  },
};

/** Routes of every kind of access, and of every way to fail. */
async function routes(app: FastifyInstance): Promise<void> {
  app.get('/open', { config: { access: 'public' } }, async () => ({ ok: true }));
  app.get('/any', { config: { access: 'token' } }, async ({ actor, bearer }) => ({ subject: actor?.subject, bearer }));
  app.get('/fhir/read', { config: { access: { scope: 'Observation.r' } } }, async () => ({ ok: true }));
  app.post('/fhir/write', { config: { access: { scope: 'Observation.c' } } }, async () => ({ ok: true }));
  app.post('/echo', { schema, config: { access: 'token' } }, async ({ body }) => body);
  app.post('/fhir/echo', { config: { access: 'token' } }, async ({ body }) => body);
  app.delete('/fhir/echo', { config: { access: 'token' } }, async () => ({ gone: true }));
  app.get<{ Params: { id: string } }>('/tile/:id', { config: { access: 'public' } }, async ({ params }, reply) => {
    reply.header('cache-control', 'immutable');
    if (params.id === 'missing') throw new Failure('not-found', 'There is no such tile.');
    return {};
  });
  app.get('/broken', { config: { access: 'public' } }, async () => {
    throw new Error('Ada Example, born 1950');
  });
  app.get<{ Params: { code: keyof typeof failures } }>(
    '/fhir/fail/:code',
    { config: { access: 'public' } },
    async ({ params }) => {
      throw new Failure(params.code, 'It is so.', { expression: ['Observation.status'] });
    },
  );
}

interface World {
  app: FastifyInstance;
  logged(): string;
  waiting: { reason: string | undefined };
}

async function world(rest = routes): Promise<World> {
  let printed = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      printed += chunk;
      done();
    },
  });
  const waiting: World['waiting'] = { reason: undefined };
  const idle = async () => {};
  const service: Service = {
    ...{ name: 'records', rest, rpc: [], start: idle, stop: idle, rebuild: idle },
    unready: () => waiting.reason,
  };
  const authenticate = async (token: string) => {
    if (token === 'good') return clinician;
    throw new Failure(token === 'old' ? 'expired' : 'login', 'The access token is not valid here.');
  };
  const parts = { services: [service], authenticate, log: pino(sink), metrics: metricsRegistry(), ids: randomIds };
  return { app: await restServer({ ...parts, bodyLimit: 1000 }), logged: () => printed, waiting };
}

const good = { authorization: 'Bearer good' };

test('a route that does not say who may use it stops the start', async () => {
  await assert.rejects(
    world(async (app) => void app.get('/forgotten', async () => 'hello')),
    /\/forgotten does not say who may use it/,
  );
});

test('no token, a foreign or an expired one: 401 and how to log in; too small a scope: 403', async () => {
  const { app } = await world();
  const get = (headers: Record<string, string>, url = '/fhir/read') => app.inject({ url, headers });
  for (const headers of [{}, { authorization: 'Basic Z29vZA==' }, { authorization: 'Bearer bad' }] as const) {
    const refused = await get(headers as Record<string, string>);
    assert.equal(refused.statusCode, 401);
    const error = 'authorization' in headers ? ' error="invalid_token"' : '';
    assert.equal(refused.headers['www-authenticate'], `Bearer${error}`);
    assert.equal(refused.json().issue[0].code, 'login');
  }
  assert.equal((await get({ authorization: 'Bearer old' })).json().issue[0].code, 'expired');
  assert.equal((await get(good)).statusCode, 200);
  const small = await app.inject({ method: 'POST', url: '/fhir/write', headers: good, payload: {} });
  assert.deepEqual([small.statusCode, small.json().issue[0].code], [403, 'forbidden']);
  assert.deepEqual((await get({ authorization: 'bearer good' }, '/any')).json(), { subject: 'adler', bearer: 'good' });
  assert.equal((await get({}, '/open')).statusCode, 200);
});

test('a token is asked for before the body is read', async () => {
  const { app } = await world();
  const answer = await app.inject({ method: 'POST', url: '/echo', payload: 'x'.repeat(5000) });
  assert.equal(answer.statusCode, 401);
});

test('a failure is told with its status: OperationOutcome under /fhir, problem+json elsewhere', async () => {
  const { app } = await world();
  for (const code of Object.keys(failures) as (keyof typeof failures)[]) {
    const [status, , issue] = failures[code];
    const answer = await app.inject({ url: `/fhir/fail/${code}` });
    assert.equal(answer.statusCode, status, code);
    assert.match(String(answer.headers['content-type']), /^application\/fhir\+json/);
    const want = { severity: 'error', code: issue, diagnostics: 'It is so.', expression: ['Observation.status'] };
    assert.deepEqual(answer.json(), { resourceType: 'OperationOutcome', issue: [want] });
  }
  const missing = await app.inject({ url: '/nothing?name=Ada' });
  assert.equal(missing.statusCode, 404);
  assert.match(String(missing.headers['content-type']), /^application\/problem\+json/);
  assert.equal(missing.json().detail, 'There is nothing at GET /nothing.');
  assert.equal((await app.inject({ url: '/fhir/nothing' })).json().resourceType, 'OperationOutcome');
});

test('bad bodies are refused, each in its way', async () => {
  const { app } = await world();
  const post = (url: string, type: string, payload: string) =>
    app.inject({ method: 'POST', url, headers: { ...good, 'content-type': type }, payload });
  const [json, fhir] = ['application/json', 'application/fhir+json'];
  const cases: [url: string, type: string, payload: string, status: number, issue: string][] = [
    ['/echo', json, '{"title": ', 400, 'structure'],
    ['/fhir/echo', fhir, '{"a": ', 400, 'structure'],
    ['/fhir/echo', fhir, '', 400, 'structure'],
    ['/fhir/echo', fhir, '{"__proto__": {"admin": true}}', 400, 'structure'],
    ['/echo', json, JSON.stringify({ title: 'x'.repeat(2000) }), 413, 'too-long'],
    ['/fhir/echo', fhir, `{"a":"${'x'.repeat(2000)}"}`, 413, 'too-long'],
    ['/fhir/echo', 'application/xml', '<a/>', 415, 'not-supported'],
    ['/echo', json, '{}', 400, 'invalid'],
    ['/echo', json, '{"title": "a", "at": "x"}', 400, 'invalid'],
  ];
  for (const [url, type, payload, status, issue] of cases) {
    const answer = await post(url, type, payload);
    const told = url.startsWith('/fhir') ? answer.json().issue[0].code : answer.json().title;
    assert.deepEqual([answer.statusCode, told], [status, issue], `${url} ${payload.slice(0, 30)}`);
  }
  assert.deepEqual((await post('/echo', json, '{}')).json().issues[0].expression, ['title']);
  assert.deepEqual((await post('/echo', json, '{"title":"a","at":"x"}')).json().issues[0].expression, ['at']);
  const choice = (await post('/echo', json, '{"title":"a","verdict":"maybe"}')).json();
  assert.equal(choice.detail, 'The request is not valid: body/verdict must be one of yes, no.');
  assert.deepEqual(choice.issues.length, 1);
  for (const type of [fhir, 'application/json-patch+json'])
    assert.deepEqual((await post('/fhir/echo', type, '{"a":1}')).json(), { a: 1 });
  const bodiless = { ...good, 'content-type': fhir };
  assert.equal((await app.inject({ method: 'DELETE', url: '/fhir/echo', headers: bodiless })).statusCode, 200);
});

test('an error of the inside is told by a request id only, which the log has too', async () => {
  const { app, logged } = await world();
  const answer = await app.inject({ url: '/broken', headers: { 'x-request-id': 'request-12345' } });
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.headers['x-request-id'], 'request-12345');
  assert.ok(!answer.body.includes('Ada'));
  assert.match(logged(), /request-12345/);
  const forged = await app.inject({ url: '/open', headers: { 'x-request-id': 'a\tb forged line' } });
  assert.match(String(forged.headers['x-request-id']), /^[0-9a-f-]{36}$/);
});

test('requests leave no token, path or body in the log', async () => {
  const { app, logged } = await world();
  await app.inject({ url: '/any?name=Ada', headers: good });
  await app.inject({ method: 'POST', url: '/echo', headers: good, payload: { title: 'Ada' } });
  assert.ok(!/Ada|good/.test(logged()), logged());
});

test('answers are not cached or sniffed', async () => {
  const { app } = await world();
  const { headers } = await app.inject({ url: '/open' });
  assert.deepEqual([headers['cache-control'], headers['x-content-type-options']], ['no-store', 'nosniff']);
  assert.equal((await app.inject({ url: '/tile/here' })).headers['cache-control'], 'immutable');
  const missing = await app.inject({ url: '/tile/missing' });
  assert.deepEqual([missing.statusCode, missing.headers['cache-control']], [404, 'no-store']);
});

test('operators see live, ready with the reason why not, and metrics', async () => {
  const { app, waiting } = await world();
  assert.equal((await app.inject('/health/live')).statusCode, 200);
  waiting.reason = 'views are catching up';
  const unready = await app.inject('/health/ready');
  assert.equal(unready.statusCode, 503);
  assert.deepEqual(unready.json().waiting, { records: 'views are catching up' });
  waiting.reason = undefined;
  assert.equal((await app.inject('/health/ready')).statusCode, 200);
  await app.inject('/fhir/fail/deleted');
  const { body } = await app.inject('/metrics');
  assert.match(
    body,
    /healthchain_http_request_seconds_count\{method="GET",route="\/fhir\/fail\/:code",status="410"\} 1/,
  );
  assert.match(body, /healthchain_memory_bytes \d/);
});

test('closing finishes what is in hand, and takes no more', async () => {
  const gate = Promise.withResolvers<void>();
  const inHand = Promise.withResolvers<void>();
  const { app } = await world(async (server) => {
    server.get('/slow', { config: { access: 'public' } }, async () => {
      inHand.resolve();
      await gate.promise;
      return { done: true };
    });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  await answerOf(request({ port, path: '/health/ready', agent })); // its connection stays open
  const asked = request({ port, path: '/slow' });
  asked.end();
  await inHand.promise;
  const closed = app.close();
  const late = () => answerOf(request({ port, path: '/health/ready', agent }));
  for (let answer = await late(); answer.headers.connection !== 'close'; answer = await late())
    assert.equal(answer.statusCode, 503);
  gate.resolve();
  const response = await answerOf(asked);
  assert.deepEqual([response.statusCode, response.headers.connection], [200, 'close']);
  await closed;
  const refused = request({ port, path: '/slow' });
  refused.end();
  const [error] = await once(refused, 'error');
  assert.equal(error.code, 'ECONNREFUSED');
});

async function answerOf(asked: ClientRequest): Promise<IncomingMessage> {
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  await once(response.resume(), 'end');
  return response;
}
