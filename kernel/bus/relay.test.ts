import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import pino from 'pino';
import { AuditDetailSchema, EventType, PublicEventSchema } from '../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { EventStore } from '../eventstore/port.ts';
import type { Recorded } from '../eventstore/sealed.ts';
import { sqliteEventStore } from '../eventstore/sqlite.ts';
import { detailOpener, detailSealer, intakeKeyPair } from '../keys/detail.ts';
import { leaseAsSaid } from '../testing/lease.ts';
import { type Counted, counted, sealedLog } from '../testing/sealedLog.ts';
import type { Bus, Received } from './port.ts';
import { type Publication, relay } from './relay.ts';
import { sqliteBus } from './sqlite.ts';
import { until } from './testing.ts';

const logger = pino({ level: 'silent' });
const name: Counted = { type: 'Named', name: 'Ada Example' };

const publish = ({ event, owner }: Recorded<Counted>): Publication | undefined =>
  event.type === 'Counted'
    ? { type: EventType.STUDY_REGISTERED, detail: { agent: { subject: owner }, custodian: 'northgate' } }
    : undefined;

async function world(over: { bus?: Bus; store?: EventStore } = {}) {
  const parts = await sealedLog(over.store);
  const bus = over.bus ?? sqliteBus(':memory:', { retryMs: 1 });
  const intake = intakeKeyPair();
  const sealDetail = detailSealer(intake.publicKey, parts.clock);
  const lease = leaseAsSaid();
  const start = (over: { bus?: Bus; lease?: typeof lease } = {}) => {
    const running = relay<Counted>({ ...parts, bus, sealDetail, publish, lease, logger, ...over });
    running.start();
    return running;
  };
  const count = (stream: string, expected: number, ...events: Counted[]) =>
    parts.log.append([{ stream, expected, owner: 'p1', events }]);
  return { ...parts, bus, intake, lease, start, count };
}

async function listen(bus: Bus): Promise<Received[]> {
  const seen: Received[] = [];
  await bus.subscribe({ group: 'test', topics: ['healthchain.records.v1'], handle: async (b) => void seen.push(...b) });
  return seen;
}

test('what publish lets out is on the bus in order, with its detail for the audit service only', async () => {
  const { bus, intake, start, count, clock } = await world();
  const seen = await listen(bus);
  const running = start();
  const before = await count('patient/1', 0, counted(1), name);
  const [after] = await count('patient/1', 2, counted(2));
  await until(() => seen.length === 2);
  assert.deepEqual(
    seen.map(({ id }) => id),
    [before[0]!.id, after!.id],
  );
  const event = fromBinary(PublicEventSchema, seen[0]!.value);
  assert.equal(event.source, 'records');
  assert.equal(Number(event.occurredAt!.seconds) * 1000, clock.time);
  const detail = fromBinary(AuditDetailSchema, detailOpener(intake.privateKey)(event.id, event.detail!));
  assert.equal(detail.agent?.subject, 'p1');
  for (const { value, key, headers } of seen) {
    const visible = `${Buffer.from(value).toString('latin1')}${key}${JSON.stringify(headers)}`;
    for (const hidden of ['patient/1', 'p1', 'northgate', 'Ada']) assert.ok(!visible.includes(hidden), hidden);
  }
  assert.equal(seen[0]!.key, seen[1]!.key);
  await running.stop();
});

test('it goes on where it stopped, and counts what is left', async () => {
  const { bus, start, count, store } = await world();
  const seen = await listen(bus);
  await count('a', 0, counted());
  const first = start();
  await until(async () => seen.length === 1 && (await first.lag()) === 0);
  await first.stop();
  await count('a', 1, counted());
  await count('a', 2, counted());
  assert.equal(await first.lag(), 2);
  const second = start();
  await until(() => seen.length === 3);
  await second.stop();
  assert.equal(await store.cursor('relay'), (await store.readAll(0, 10)).length);
});

test('where the bus is down nothing is skipped: it comes, in order, when the bus is back', async () => {
  const real = sqliteBus(':memory:', { retryMs: 1 });
  let down = 2;
  const flaky: Bus = {
    ...real,
    send: (...args) => (down-- > 0 ? Promise.reject(new Error('down')) : real.send(...args)),
  };
  const { start, count } = await world({ bus: flaky });
  const seen = await listen(real);
  const running = start();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(...(await count('a', n, counted())).map(({ id }) => id));
  await until(() => seen.length === 5);
  assert.deepEqual(
    seen.map(({ id }) => id),
    ids,
  );
  await running.stop();
});

test('sent twice after a crash, an event keeps its id', async () => {
  const { bus, start, count, store } = await world();
  const seen = await listen(bus);
  await count('a', 0, counted());
  const running = start();
  await until(() => seen.length === 1);
  await running.stop();
  await store.saveCursor('relay', 0); // the position was not saved
  const again = start();
  await until(() => seen.length === 2);
  assert.equal(seen[0]!.id, seen[1]!.id);
  await again.stop();
});

test('a wake-up that never comes is not needed', async () => {
  const deaf: EventStore = { ...sqliteEventStore(':memory:'), onAppend: () => () => {} };
  const { bus, start, count } = await world({ store: deaf });
  const seen = await listen(bus);
  const running = start();
  await running.lag();
  await count('a', 0, counted());
  await until(() => seen.length === 1);
  await running.stop();
});

test('without the lease nothing is sent; with it, at once', async () => {
  const { bus, start, count, lease } = await world();
  const seen = await listen(bus);
  lease.say(false);
  const running = start();
  await count('a', 0, counted());
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  assert.equal(seen.length, 0);
  lease.say(true);
  await until(() => seen.length === 1);
  await running.stop();
});

test('a relay that was paused in a send and lost the lease meanwhile sends again, and skips nothing', async () => {
  const { bus, start, count } = await world();
  const seen = await listen(bus);
  const [gate, sending] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const paused: Bus = {
    ...bus,
    async send(...args) {
      sending.resolve();
      await gate.promise;
      return bus.send(...args);
    },
  };
  const ids = (await count('a', 0, counted())).map(({ id }) => id);
  const [late, heir] = [leaseAsSaid(), leaseAsSaid(false)];
  const first = start({ bus: paused, lease: late });
  await sending.promise;
  late.say(false);
  heir.say(true);
  ids.push(...(await count('a', 1, counted())).map(({ id }) => id));
  const second = start({ lease: heir });
  await until(() => seen.length === 2);
  gate.resolve();
  await first.stop();
  assert.ok(seen.length > 2, 'it sent what had been sent');
  ids.push(...(await count('a', 2, counted())).map(({ id }) => id));
  await until(() => seen.some(({ id }) => id === ids[2]));
  assert.deepEqual([...new Set(seen.map(({ id }) => id))], ids);
  await second.stop();
});

test('stop waits for the send in hand', async () => {
  const real = sqliteBus(':memory:');
  const gate = Promise.withResolvers<void>();
  const sending = Promise.withResolvers<void>();
  const slow: Bus = {
    ...real,
    async send(...args) {
      sending.resolve();
      await gate.promise;
      return real.send(...args);
    },
  };
  const { start, count, store } = await world({ bus: slow });
  const running = start();
  await count('a', 0, counted());
  await sending.promise;
  const stopped = running.stop();
  gate.resolve();
  await stopped;
  assert.equal(await real.lag('test', ['healthchain.records.v1']), 1);
  assert.ok((await store.cursor('relay')) > 0);
});
