import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { kafkaBus } from './kafka.ts';
import { silent, testOptions } from './kafkaTesting.ts';

/**
 * A group member in a process of its own, for `kafka.kill.test.ts`: its durable effect is a row for each event, and it
 * drops ids that have one. Between effect and saved offset it waits a little, so that a kill falls there.
 */
const [prefix, file] = process.argv.slice(2);
const effects = new DatabaseSync(file!);
effects.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000');
effects.exec('CREATE TABLE IF NOT EXISTS effects (n INTEGER PRIMARY KEY, id TEXT UNIQUE, text TEXT)');
const insert = effects.prepare('INSERT OR IGNORE INTO effects (id, text) VALUES (?, ?)');

const options = { ...testOptions(process.env, prefix), partitions: 4, sessionTimeoutMs: 1500 };
const bus = await kafkaBus(options, { log: silent });
const subscription = await bus.subscribe({
  ...{ group: 'audit', topics: ['healthchain.records.v1'], batch: 20 },
  async handle(batch) {
    effects.exec('BEGIN IMMEDIATE');
    for (const { id, key, value } of batch) insert.run(id, `${key} ${Buffer.from(value)}`);
    effects.exec('COMMIT');
    process.stdout.write('handled\n');
    await pause(5);
  },
});
process.once('SIGTERM', async () => {
  await subscription.stop();
  await bus.close();
});
process.stdout.write('joined\n');
