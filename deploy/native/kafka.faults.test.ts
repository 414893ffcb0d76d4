import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { kafkaBus } from '../../kernel/bus/kafka.ts';
import { silent, testOptions } from '../../kernel/bus/kafkaTesting.ts';
import type { Bus, BusMessage } from '../../kernel/bus/port.ts';
import { message, recorder, textOf, until } from '../../kernel/bus/testing.ts';
import { defaultSizes } from './engines.ts';
import { kit } from './kit.ts';

const topic = 'healthchain.records.v1';
const relays = ['a', 'b', 'c', 'd'];

for (const brokers of [1, 3]) {
  test(`kafka: of ${brokers} brokers one after the other is killed under load: nothing is lost or out of order`, async (t) => {
    if (!process.env.ENGINE_FAULTS) return t.skip('NOT RUN: Kafka (npm run test:engines)');
    const folder = mkdtempSync(join(tmpdir(), 'engines-'));
    const engines = kit(folder, { ...defaultSizes, brokers });
    try {
      const { variables } = await engines.up('kafka');
      const options = { ...testOptions(variables), partitions: brokers, replication: brokers };
      const bus = await kafkaBus(options, { log: silent });
      await underLoad(bus, async (acknowledged) => {
        for (const broker of brokers === 1 ? [1, 1] : [1, 2, 3]) {
          for (const before = acknowledged(); acknowledged() < before + 2000; ) await pause(5);
          await engines.kill('kafka', `broker-${broker}`);
          if (brokers > 1) for (const before = acknowledged(); acknowledged() === before; ) await pause(5);
          await engines.up('kafka');
        }
      });
      await bus.close();
    } finally {
      await engines.down('kafka', true);
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Sends and receives until `faults` is over; then everything acknowledged must have arrived. */
async function underLoad(bus: Bus, faults: (acknowledged: () => number) => Promise<void>): Promise<void> {
  const { seen, handle } = recorder();
  const subscription = await bus.subscribe({ group: 'audit', topics: [topic], handle });
  const acknowledged: BusMessage[] = [];
  let over = false;
  const sending = relays.map((key) => relay(bus, key, acknowledged, () => over));
  await faults(() => acknowledged.length);
  over = true;
  await Promise.all(sending);
  await until(async () => (await bus.lag('audit', [topic])) === 0);
  const first = [...new Map(seen.toReversed().map((each) => [each.id, each])).values()].toReversed();
  const arrived = new Set(first.map(({ id }) => id));
  assert.equal(acknowledged.filter(({ id }) => !arrived.has(id)).length, 0);
  for (const key of relays) {
    const numbers = first.filter((each) => each.key === key).map((each) => Number(textOf(each)));
    assert.deepEqual(
      numbers,
      numbers.map((_, n) => n),
    );
  }
  await subscription.stop();
}

/** As a relay does: one send in flight, and the same again until it is taken. */
async function relay(bus: Bus, key: string, acknowledged: BusMessage[], over: () => boolean): Promise<void> {
  for (let n = 0; !over(); n += 50) {
    const batch = Array.from({ length: 50 }, (_, index) => message(key, `${n + index}`));
    while (
      !(await bus.send(topic, batch).then(
        () => true,
        () => false,
      ))
    )
      await pause(100);
    acknowledged.push(...batch);
    await pause(5);
  }
}
