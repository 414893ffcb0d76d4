import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import { randomIds as ids } from '../clock.ts';
import { authenticate, echoService, transportConformance } from './conformance.ts';
import { grpcServer } from './grpc.ts';
import { inProcess } from './inprocess.ts';
import { grpcTransport } from './network.ts';
import { permitCall, rpcService } from './service.ts';

const log = pino({ level: 'silent' });

transportConformance('in process', async (service) => ({
  transport: inProcess({ services: () => [service], authenticate, ids }),
  async close() {},
}));

transportConformance('over the network', async (service) => {
  const server = await grpcServer({ host: '127.0.0.1', port: 0, services: [service], authenticate, log, ids });
  const transport = grpcTransport(`127.0.0.1:${server.port}`);
  return {
    transport,
    async close() {
      transport.close();
      await server.stop();
    },
  };
});

test('over the network: bundles go in and answers come back one by one', async () => {
  const server = await grpcServer({
    ...{ host: '127.0.0.1', port: 0, log, ids },
    services: [
      rpcService(
        RecordsService,
        { read: 'token', search: 'token', ingest: 'token', share: 'token' },
        echoService({ aborted: false }).handlers as never,
      ),
    ],
    authenticate,
  });
  const transport = grpcTransport(`127.0.0.1:${server.port}`);
  const sent = [1, 2, 3].map((n) => ({ bundle: new Uint8Array([n]) }));
  const answers = transport.client(RecordsService).ingest(
    (async function* () {
      yield* sent;
    })(),
    { token: 'good' },
  );
  const got: number[] = [];
  for await (const { bundle, ok } of answers) got.push(ok ? bundle[0]! : -1);
  assert.deepEqual(got, [1, 2, 3]);
  transport.close();
  await server.stop();
});

test('a method that does not say who may call it stops the start', () => {
  const handlers = echoService({ aborted: false }).handlers as never;
  assert.throws(() => rpcService(RecordsService, { read: 'token', search: 'token' } as never, handlers), /ingest/);
});

test('what is for services only is closed to tokens', () => {
  assert.throws(() => permitCall('services', {}), /Only services/);
  permitCall('services', { service: 'records' });
});
