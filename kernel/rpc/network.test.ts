import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import pino from 'pino';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import { randomIds as ids } from '../clock.ts';
import { Failure } from '../errors.ts';
import { authenticate, echoService } from './conformance.ts';
import { grpcServer } from './grpc.ts';
import type { Limits } from './load.ts';
import { grpcTransport } from './network.ts';
import type { Implementation } from './port.ts';
import { rpcService } from './service.ts';

type Handlers = Implementation<typeof RecordsService>;

const log = pino({ level: 'silent' });
const open = { read: 'public', search: 'public', ingest: 'public', share: 'public' } as const;
const opened: (() => unknown)[] = [];
after(() => Promise.all(opened.map((close) => close())));

/** A server whose methods anybody may call, with some handlers of its own; and a client of it. */
async function stage(handlers: Partial<Handlers>, limits?: Limits) {
  const others = echoService({ aborted: false }).handlers as unknown as Handlers;
  const services = [rpcService(RecordsService, open, { ...others, ...handlers })];
  const server = await grpcServer({
    host: '127.0.0.1',
    port: 0,
    services,
    authenticate,
    log,
    ids,
    ...(limits && { limits }),
  });
  const address = `127.0.0.1:${server.port}`;
  const transport = grpcTransport(address);
  opened.push(() => transport.close(), server.stop);
  return { records: transport.client(RecordsService), address, server };
}

const failsWith = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

test('what a handler asks of another service ends with the call that it answers', async () => {
  const asleep = new Promise<never>(() => {});
  const gaveUp = Promise.withResolvers<void>();
  const inner = await stage({
    async read(_request, { signal }) {
      signal.addEventListener('abort', () => gaveUp.resolve());
      return asleep;
    },
  });
  const outcome = Promise.withResolvers<unknown>();
  const outer = await stage({
    async read() {
      const started = performance.now();
      await inner.records.read({}, { timeout: 60_000 }).catch((error) => outcome.resolve(error));
      assert.ok(performance.now() - started < 30_000);
      return {};
    },
  });
  await assert.rejects(outer.records.read({}, { timeout: 1000 }), failsWith('timeout'));
  assert.ok(failsWith('timeout')(await outcome.promise));
  await gaveUp.promise;
});

test('over the limit calls are shed at once, and what is in hand is answered', async () => {
  const held = Promise.withResolvers<void>();
  const inHand = Promise.withResolvers<void>();
  const { records } = await stage(
    {
      async read() {
        inHand.resolve();
        await held.promise;
        return { version: 7 };
      },
    },
    { unary: 1, streams: 1 },
  );
  const first = records.read({});
  await inHand.promise;
  await assert.rejects(records.read({}), failsWith('throttled'));
  for await (const _answer of records.search({ query: '2' })); // streams are counted apart
  held.resolve();
  assert.equal((await first).version, 7);
  assert.equal((await records.read({})).version, 7);
});

test('a method that only reads is tried again where the server is away; no other is', async () => {
  const calls = { read: 0, share: 0 };
  const away = () => new Failure('unavailable', 'Starting; retry.');
  const { records } = await stage({
    async read() {
      calls.read += 1;
      if (calls.read < 3) throw away();
      return { version: 1 };
    },
    async share() {
      calls.share += 1;
      throw away();
    },
  });
  assert.equal((await records.read({})).version, 1);
  await assert.rejects(records.share({}), failsWith('unavailable'));
  assert.deepEqual(calls, { read: 3, share: 1 });
});

test('the health of the server and of each service can be asked, and follows readiness', async () => {
  let trouble: string | undefined;
  const services = [rpcService(RecordsService, open, echoService({ aborted: false }).handlers as unknown as Handlers)];
  const hosted = [{ rpc: services, unready: () => trouble }];
  const server = await grpcServer({ host: '127.0.0.1', port: 0, services, hosted, authenticate, log, ids });
  const Health = grpc.makeGenericClientConstructor(healthService as unknown as grpc.ServiceDefinition, 'Health');
  const client = new Health(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
  opened.push(() => client.close(), server.stop);
  const check = promisify((service: string, done: (error: unknown, answer?: { status: string }) => void) =>
    client.check!({ service }, done),
  );
  const become = async (status: string) => {
    for (const name of ['', 'healthchain.records.v1.RecordsService'])
      for (const end = Date.now() + 5_000; (await check(name))?.status !== status; )
        assert.ok(Date.now() < end, `${name} is ${status}`);
  };
  await become('SERVING');
  trouble = 'the log gets no further';
  await become('NOT_SERVING');
  trouble = undefined;
  await become('SERVING');
  await assert.rejects(check('healthchain.absent.v1.AbsentService'), { code: grpc.status.NOT_FOUND });
});
