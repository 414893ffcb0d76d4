import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import pino from 'pino';
import { eventStoreConformance } from './conformance.ts';
import { mongoEventStore } from './mongo.ts';
import { openMongoDatabase } from './mongoDatabase.ts';
import type { EventStore } from './port.ts';

const url = process.env.MONGODB_URL ?? '';
const log = pino({ level: 'silent' });

if (!url) test('mongo', (t) => t.skip('NOT RUN: MongoDB (npm run test:engines)'));
else conformance();

function conformance(): void {
  const databases: string[] = [];
  eventStoreConformance('mongo', () => {
    const name = `test-${randomUUID()}`;
    databases.push(name);
    return {
      async open(): Promise<EventStore> {
        const database = await openMongoDatabase(url, name);
        const store = await mongoEventStore(database, { log });
        const close = async () => {
          await store.close();
          await database.close();
        };
        return { ...store, close };
      },
    };
  });
  after(async () => {
    for (const name of databases) {
      const { db, close } = await openMongoDatabase(url, name);
      await db.dropDatabase();
      await close();
    }
  });
}
