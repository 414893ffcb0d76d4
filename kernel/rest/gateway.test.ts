import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import pino from 'pino';
import { randomIds } from '../clock.ts';
import { metricsRegistry } from '../telemetry.ts';
import { gateway } from './gateway.ts';
import { restServer } from './server.ts';

const servers: { close(): unknown }[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push({ close: () => server.close() && server.closeAllConnections() });
  return listen(server);
}

async function entryTo(routes: Record<string, string>): Promise<string> {
  const entry = gateway(routes);
  servers.push(entry);
  return listen(entry.server);
}

/** Answers with what it was sent. */
const echo = (name: string) =>
  serve(({ method, url, headers }, response) => {
    response.setHeader('x-served-by', name).end(`${method} ${url} ${headers.authorization ?? ''}`);
  });

test('the longest prefix decides who answers; the path, the query and the token arrive as they were', async () => {
  const [records, identity] = [await echo('records'), await echo('identity')];
  const entry = await entryTo({ '/fhir': records, '/fhir/.well-known': identity });
  const ask = async (path: string) => {
    const answer = await fetch(entry + path, { headers: { authorization: 'Bearer t' } });
    return [answer.headers.get('x-served-by'), await answer.text()];
  };
  assert.deepEqual(await ask('/fhir/Patient?_id=a%2Fb'), ['records', 'GET /fhir/Patient?_id=a%2Fb Bearer t']);
  assert.deepEqual(await ask('/fhir?x'), ['records', 'GET /fhir?x Bearer t']);
  assert.equal((await ask('/fhir/.well-known/smart-configuration'))[0], 'identity');
  assert.equal((await fetch(`${entry}/fhirs`)).status, 404);
  assert.equal((await fetch(`${entry}/metrics`)).status, 404);
});

test('bodies pass as they come, both ways', async () => {
  const target = await serve((incoming, outgoing) => void incoming.pipe(outgoing));
  const entry = await entryTo({ '/echo': target });
  const body = Buffer.alloc(3_000_000, 'healthchain ');
  const answer = await fetch(`${entry}/echo`, { method: 'POST', body });
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body));
  const onward = request(`${entry}/echo`, { method: 'POST' });
  onward.write('first');
  const [response] = await once(onward, 'response');
  assert.equal(String((await once(response, 'data'))[0]), 'first'); // before the request has ended
  onward.end();
  await once(response.resume(), 'end');
});

test('a service that is away is told as 503, and the rest goes on', async () => {
  const gone = await serve((_incoming, outgoing) => void outgoing.destroy()); // a port that is free others may take
  const entry = await entryTo({ '/log': gone, '/fhir': await echo('records') });
  const answer = await fetch(`${entry}/log/vkey`);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  assert.equal((await fetch(`${entry}/fhir/metadata`)).status, 200);
  assert.equal((await fetch(`${entry}/health/ready`)).status, 503);
});

test('a caller that goes away takes its request with it', async () => {
  const cut = Promise.withResolvers<void>();
  const target = await serve((_incoming, outgoing) => {
    outgoing.on('close', () => cut.resolve());
    outgoing.write('begun');
  });
  const entry = await entryTo({ '/consent': target });
  const leaving = new AbortController();
  const answer = await fetch(`${entry}/consent/watch`, { signal: leaving.signal });
  await answer.body!.getReader().read();
  leaving.abort();
  await cut.promise;
});

test('who calls is said by the entry, and by nobody before it', async () => {
  const target = await serve(({ headers }, response) => void response.end(JSON.stringify(headers)));
  const entry = await entryTo({ '/auth': target });
  const claims = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-host': 'evil.example', forwarded: 'for=192.0.2.1' };
  const answer = await fetch(`${entry}/auth`, {
    headers: { ...claims, 'x-real-ip': '192.0.2.1', 'x-request-id': 'r' },
  });
  const arrived = (await answer.json()) as Record<string, string>;
  assert.equal(arrived['x-forwarded-for'], '127.0.0.1');
  assert.equal(arrived['x-request-id'], 'r');
  for (const name of ['x-forwarded-host', 'forwarded', 'x-real-ip']) assert.equal(arrived[name], undefined, name);
});

test('a body is never taken for a request of its own, whatever the caller says of its framing', async () => {
  const arrived: string[] = [];
  const target = await serve(async (incoming, response) => {
    const body = await incoming.toArray();
    arrived.push(`${incoming.method} ${incoming.url} ${Buffer.concat(body)}`);
    response.end();
  });
  const entry = new URL(await entryTo({ '/fhir': target }));
  const inner = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
  const chunked = `Transfer-Encoding: chunked\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
  const unnamed = `Connection: close, content-length\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`;
  for (const rest of [chunked, unnamed]) {
    const socket = connect(Number(entry.port), '127.0.0.1');
    socket.write(`GET /fhir HTTP/1.1\r\nHost: x\r\n${rest}`);
    await once(socket, 'data');
    socket.destroy();
  }
  await (await fetch(new URL('/fhir/after', entry))).text();
  assert.deepEqual(arrived, [`GET /fhir ${inner}`, `GET /fhir ${inner}`, 'GET /fhir/after ']);
});

test('a body that is too long is told so, although the answer comes before its end; the connection stays', async () => {
  const limited = await restServer({
    ...{ services: [], ids: randomIds, metrics: metricsRegistry(), bodyLimit: 100_000 },
    ...{ log: pino({ level: 'silent' }), authenticate: async () => assert.fail('nobody has a token') },
  });
  limited.post('/fhir', { config: { access: 'public' } }, async () => ({}));
  servers.push(limited);
  const entry = await entryTo({ '/fhir': await limited.listen({ port: 0 }) });
  for (const size of [399_000, 101_000, 200_000, 50_000]) {
    const body = JSON.stringify('x'.repeat(size));
    const answer = await fetch(`${entry}/fhir`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await answer.arrayBuffer();
    assert.equal(answer.status, size > 100_000 ? 413 : 200, `${size}`);
  }
});
