import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

interface ExportedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

const received: string[] = [];
/** The smallest OTLP collector: it keeps what it is sent. */
const collector = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  received.push(body);
  response.setHeader('content-type', 'application/json').end('{}');
});
before(() => new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve)));
after(() => collector.close());

/** A server with a route that asks another service and logs; asked once, with a trace of the caller's and a name in the path. */
const script = `
  import { restServer } from '${import.meta.resolve('./rest/server.ts')}';
  import { inProcess } from '${import.meta.resolve('./rpc/inprocess.ts')}';
  import { authenticate, echoService } from '${import.meta.resolve('./rpc/conformance.ts')}';
  import { grpcServer } from '${import.meta.resolve('./rpc/grpc.ts')}';
  import { grpcTransport } from '${import.meta.resolve('./rpc/network.ts')}';
  import { RecordsService } from '${import.meta.resolve('../proto/gen/healthchain/records/v1/records_pb.ts')}';
  import { randomIds } from '${import.meta.resolve('./clock.ts')}';
  import { logger, metricsRegistry } from '${import.meta.resolve('./telemetry.ts')}';
  import { flushSpans, traced } from '${import.meta.resolve('./spans.ts')}';
  const echo = echoService({ aborted: false });
  const rpc = inProcess({ services: () => [echo], authenticate, ids: randomIds }).client(RecordsService);
  const log = logger('info');
  const server = await grpcServer({ host: '127.0.0.1', port: 0, services: [echo], authenticate, log, ids: randomIds });
  const transport = grpcTransport('127.0.0.1:' + server.port);
  const far = transport.client(RecordsService);
  const rest = async (app) => app.post('/people/:name', { config: { access: 'public' } }, async ({ params, body }) => {
    log.info('asked');
    await rpc.read({ type: 'Observation', id: 'secret-id' }, { token: 'good' });
    for await (const one of rpc.search({ query: '2' }, { token: 'good' })) void one;
    await rpc.read({ type: 'Observation', id: 'absent' }, { token: 'good' }).catch(() => {});
    await far.read({ type: 'Observation', id: 'secret-id' }, { token: 'good' });
    for await (const one of far.search({ query: '2' }, { token: 'good' })) void one;
    return {};
  });
  const service = { name: 'records', rest, rpc: [echo] };
  const parts = { services: [service], authenticate, log, metrics: metricsRegistry(), ids: randomIds, bodyLimit: 1000 };
  const app = await restServer(parts);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const headers = { traceparent: '00-${'a'.repeat(32)}-${'b'.repeat(16)}-01', 'content-type': 'application/json' };
  await fetch(url + '/people/Ada?born=1950', { method: 'POST', headers, body: '{"name":"Ada"}' });
  await app.close();
  await flushSpans();
  console.log(traced());
  process.exit(0);`;

async function run(env: Record<string, string>): Promise<string> {
  const preload = ['--import', import.meta.resolve('./tracing.ts'), '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, preload, { env: { ...process.env, ...env } });
  return stdout;
}

test('with a collector: spans of request and calls, joined, of listed attributes only; logs name the span', async () => {
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const printed = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
  assert.match(printed, /true\n$/);
  const spans: ExportedSpan[] = received
    .flatMap((body) => JSON.parse(body).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans);
  const [read, search] = ['Read', 'Search'].map((name) => `healthchain.records.v1.RecordsService/${name}`);
  const names = spans.map(({ name }) => name).toSorted();
  assert.deepEqual(names, ['POST /people/:name', read, read, read, search, search]);
  const request = spans.find(({ name }) => name.startsWith('POST'))!;
  assert.deepEqual([request.traceId, request.parentSpanId], ['a'.repeat(32), 'b'.repeat(16)]);
  for (const span of spans) if (span !== request) assert.equal(span.parentSpanId, request.spanId, span.name);
  const seen = new Set(spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)));
  const listed = [
    'error.type',
    'http.request.method',
    'http.response.status_code',
    'http.route',
    'rpc.method',
    'rpc.system.name',
  ];
  assert.deepEqual([...seen].toSorted(), listed);
  assert.ok(!/Ada|1950|secret-id|adler/.test(received.join()), 'no value of the request');
  const logged = JSON.parse(printed.split('\n').find((line) => line.includes('asked'))!);
  assert.deepEqual([logged.trace_id, logged.span_id], [request.traceId, request.spanId]);
});

test('without one nothing is traced', async () => {
  received.length = 0;
  const printed = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: '' });
  assert.match(printed, /false\n$/);
  assert.doesNotMatch(printed, /trace_id/);
  assert.deepEqual(received, []);
});
