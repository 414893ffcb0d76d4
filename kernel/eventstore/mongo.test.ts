import { after, test } from 'node:test';
import pino from 'pino';
import { eventStoreConformance } from './conformance.ts';
import { mongoEventStore } from './mongo.ts';
import { testDatabases } from './mongoTesting.ts';

const url = process.env.MONGODB_URL ?? '';

if (!url) test('mongo', (t) => t.skip('NOT RUN: MongoDB (npm run test:engines)'));
else {
  const databases = testDatabases(url);
  after(databases.drop);
  eventStoreConformance('mongo', () => {
    const name = databases.name();
    return {
      async open() {
        const database = await databases.open(name);
        const store = await mongoEventStore(database, { log: pino({ level: 'silent' }) });
        const close = () => store.close().then(database.close);
        return { ...store, close };
      },
    };
  });
}
