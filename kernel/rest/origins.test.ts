import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { guardRoutes } from './access.ts';
import { allowOrigins } from './origins.ts';
import { handleProblems } from './problems.ts';

const origin = 'https://app.example';

function world() {
  const server = fastify();
  allowOrigins(server);
  guardRoutes(server, async () => ({ scopes: [] }) as never);
  handleProblems(server);
  const token = { config: { access: 'token' } } as const;
  server.get('/fhir/:type/:id', token, async () => ({}));
  server.put('/fhir/:type/:id', token, async () => ({}));
  server.get('/metrics', { config: { access: 'public' } }, async () => ({}));
  return server;
}

test('a browser may ask before it sends a token, and is told the methods and the headers that it asked for', async () => {
  const headers = { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' };
  const answer = await world().inject({ method: 'OPTIONS', url: '/fhir/Patient/1', headers });
  assert.equal(answer.statusCode, 204);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.equal(answer.headers['access-control-allow-headers'], 'authorization');
  assert.match(String(answer.headers['access-control-allow-methods']), /GET.*PUT/);
});

test('what needs a token may be read from any origin, refusals too', async () => {
  for (const authorization of ['Bearer good', '']) {
    const answer = await world().inject({ url: '/fhir/Patient/1', headers: { origin, authorization } });
    assert.equal(answer.statusCode, authorization ? 200 : 401);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.match(String(answer.headers['access-control-expose-headers']), /etag.*location/);
  }
});

test('what is public is open to other origins only where its route says so', async () => {
  assert.equal((await world().inject({ method: 'OPTIONS', url: '/metrics', headers: { origin } })).statusCode, 404);
  const answer = await world().inject({ url: '/metrics', headers: { origin } });
  assert.equal(answer.headers['access-control-allow-origin'], undefined);
});
