import pino from 'pino';
import { randomIds } from '../clock.ts';
import { WrongVersion } from '../errors.ts';
import { mongoEventStore } from './mongo.ts';
import { openMongoDatabase } from './mongoDatabase.ts';
import { append } from './testing.ts';

/**
 * A process of the race in `mongo.race.test.ts`: appends to a few streams that all processes want, and says for each
 * acknowledged append which events it had. Ends when it is killed, or after so many appends.
 *
 * One that is to be killed (`mortal`) takes no wanted stream into a transaction: what dies between insert and commit
 * holds its documents until the server gives the transaction up, after a minute (docs/adr/0016).
 */
const [url, database, count, mortal] = process.argv.slice(2);
const opened = await openMongoDatabase(url!, database!);
const store = await mongoEventStore(opened, { log: pino({ level: 'silent' }) });
const pick = (below: number) => randomIds.bytes(1)[0]! % below;

async function attempt(): Promise<void> {
  const wanted = ['a', 'b', 'c', 'd'].slice(pick(4)).slice(0, 1 + pick(3));
  const own = [randomIds.uuid(), randomIds.uuid()].slice(pick(3));
  const streams = mortal ? (own.length > 1 ? own : wanted.slice(0, 1)) : [...wanted, ...own];
  const appends = await Promise.all(streams.map(async (stream) => append(stream, await store.version(stream))));
  await store.append(appends);
  process.stdout.write(`${JSON.stringify(appends.map(({ events }) => events.map(({ id }) => id)))}\n`);
}

await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (let done = 0; done < Number(count); done++) {
      await attempt().catch((error) => {
        if (!(error instanceof WrongVersion)) throw error;
      });
    }
  }),
);
await store.close();
await opened.close();
