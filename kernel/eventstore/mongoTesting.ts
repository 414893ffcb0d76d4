import { randomUUID } from 'node:crypto';
import { type MongoDatabase, openMongoDatabase } from './mongoDatabase.ts';

/** Databases of a server for tests, each of its own name, gone after the last test. */
export function testDatabases(url: string) {
  const names: string[] = [];
  return {
    name(): string {
      names.push(`test-${randomUUID()}`);
      return names.at(-1)!;
    },
    open: (name: string): Promise<MongoDatabase> => openMongoDatabase(url, name),
    async drop(): Promise<void> {
      const { client, close } = await openMongoDatabase(url, 'test');
      for (const name of names) await client.db(name).dropDatabase();
      await close();
    },
  };
}
