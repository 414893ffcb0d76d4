import { after, test } from 'node:test';
import { testDatabases } from '../eventstore/mongoTesting.ts';
import { viewsConformance } from './conformance.ts';
import { mongoViews } from './mongo.ts';

const url = process.env.MONGODB_URL ?? '';

if (!url) test('mongo', (t) => t.skip('NOT RUN: MongoDB (npm run test:engines)'));
else {
  const databases = testDatabases(url);
  after(databases.drop);
  viewsConformance('mongo', () => {
    const name = databases.name();
    return {
      async open() {
        const database = await databases.open(name);
        const views = mongoViews(database);
        const close = () => views.close().then(database.close);
        return { ...views, close };
      },
    };
  });
}
