import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { observation, type Scene, scene } from '../scene.ts';

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
}

const received: string[] = [];
/** The smallest OTLP collector: it keeps what it is sent. */
const collector = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  received.push(body);
  response.setHeader('content-type', 'application/json').end('{}');
});
let stage: Scene;

before(async () => {
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
  const { port } = collector.address() as AddressInfo;
  const exporting = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  };
  stage = await scene({ env: { ...exporting, OTEL_BSP_SCHEDULE_DELAY: '100' } });
});
after(async () => {
  await stage.dispose();
  collector.close();
});

const spansOf = (trace: string): Span[] =>
  received
    .flatMap((body) => JSON.parse(body).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .filter(({ traceId }) => traceId === trace);

test('a request is one trace, from REST to the audit service beyond the bus, with nothing of the patient in it', async () => {
  const trace = randomBytes(16).toString('hex');
  const request = {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stage.authorToken}`,
      'content-type': 'application/fhir+json',
      traceparent: `00-${trace}-${'b'.repeat(16)}-01`,
    },
    body: JSON.stringify(observation(stage.patient.patient, 1)),
  };
  assert.equal((await fetch(`${stage.platform.url}/fhir/Observation`, request)).status, 201);
  const beyond = () => spansOf(trace).find(({ name }) => name === 'process healthchain.records.v1');
  for (const end = Date.now() + 30_000; !beyond(); ) {
    assert.ok(Date.now() < end, `in the trace: ${spansOf(trace).map(({ name }) => name)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const asked = spansOf(trace).find(({ name }) => name.startsWith('POST '));
  assert.equal(asked?.parentSpanId, 'b'.repeat(16));
  assert.equal(beyond()!.parentSpanId, asked!.spanId);
  assert.ok(!received.join().includes(stage.patient.patient));
});
