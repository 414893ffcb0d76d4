import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { kafkaBus } from './kafka.ts';
import { dropTopics, silent, testOptions } from './kafkaTesting.ts';
import type { BusMessage } from './port.ts';
import { message, until } from './testing.ts';

const topic = 'healthchain.records.v1';
const keys = ['a', 'b', 'c', 'd', 'e', 'f'];

test('kafka: members come, are killed and leave under load: each event has its effect once, in order', async (t) => {
  if (!process.env.KAFKA_BROKERS) return t.skip('NOT RUN: Kafka (npm run test:engines)');
  const folder = mkdtempSync(join(tmpdir(), 'bus-'));
  const file = join(folder, 'effects.db');
  const options = { ...testOptions(process.env), partitions: 4 };
  const bus = await kafkaBus(options, { log: silent });
  const sent: BusMessage[] = [];
  let over = false;
  const member = async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'kafkaMemberTesting.ts'), options.prefix, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const joined = once(child.stdout, 'data').then(() => true);
    assert.ok(await Promise.race([joined, once(child, 'exit').then(() => false)]), 'a member ended before it joined');
    return child;
  };
  try {
    const first = await member();
    const sending = (async () => {
      while (!over) {
        const next = Array.from({ length: 60 }, (_, n) => message(keys[n % keys.length]!, `${sent.length + n}`));
        sent.push(...next);
        await bus.send(topic, next);
        await pause(150);
      }
    })();
    await ended(first, 'SIGKILL', true);
    const [second, third] = await Promise.all([member(), member()]);
    await ended(second!, 'SIGKILL', true);
    const fourth = await member();
    await ended(third!, 'SIGTERM', false);
    over = true;
    await sending;
    await until(async () => (await bus.lag('audit', [topic])) === 0);
    await ended(fourth, 'SIGTERM', false);
    const effects = new DatabaseSync(file).prepare('SELECT id, text FROM effects ORDER BY n').all();
    assert.deepEqual(effects.map(({ id }) => id).toSorted(), sent.map(({ id }) => id).toSorted());
    for (const key of keys)
      assert.ok(
        ascending(
          effects.map(({ text }) => `${text}`.split(' ')),
          key,
        ),
      );
  } finally {
    await bus.close();
    await dropTopics(options);
    rmSync(folder, { recursive: true });
  }
});

/** Ends a member; with `busy` only once it has handled something, so that it has more in hand. */
async function ended(child: ChildProcess, signal: NodeJS.Signals, busy: boolean): Promise<void> {
  if (busy) await once(child.stdout!, 'data');
  const over = once(child, 'exit');
  child.kill(signal);
  await over;
}

function ascending(effects: string[][], key: string): boolean {
  const numbers = effects.filter(([its]) => its === key).map(([, n]) => Number(n));
  return numbers.every((n, index) => index === 0 || n > numbers[index - 1]!);
}
