import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import pino from 'pino';
import { randomIds, systemClock } from '../../kernel/clock.ts';
import { mongoEventStore } from '../../kernel/eventstore/mongo.ts';
import { testDatabases } from '../../kernel/eventstore/mongoTesting.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import { mongoViews } from '../../kernel/views/mongo.ts';
import { pieces, whole } from './app/release/pieces.ts';
import type { ResearchEvent } from './domain/event.ts';
import { approved, download, until } from './testing/study.ts';
import { disk } from './testing/world.ts';

const url = process.env.MONGODB_URL ?? '';

if (!url) test('builds on mongo', (t) => t.skip('NOT RUN: MongoDB (npm run test:engines)'));
else {
  const databases = testDatabases(url);
  const closing: (() => Promise<void>)[] = [];
  after(async () => {
    for (const close of closing) await close();
    await databases.drop();
  });

  /** The engines of one replica; all of them have one database. */
  async function replica(kept: ReturnType<typeof disk>, name: string) {
    const database = await databases.open(name);
    const store = await mongoEventStore(database, { log: pino({ level: 'silent' }) });
    closing.push(() => store.close().then(database.close));
    return { ...kept, store, views: mongoViews(database) };
  }

  test('two replicas: either is asked, one builds; where it stops, the other goes on', async (t) => {
    const [kept, name] = [disk(), databases.name()];
    const one = await approved(t, 120, { disk: await replica(kept, name) });
    const other = await approved(t, 120, { disk: await replica(kept, name) });
    const request = await one.request();
    await other.post('hale', `${request}/build`);
    const { release, reason } = await until(other, request, 'sealed', 'failed');
    assert.ok(release, reason);
    assert.equal((await download(other, release)).status, 200);
    const second = await other.request();
    await one.post('hale', `${second}/build`);
    await one.stop();
    const next = await until(other, second, 'sealed', 'failed');
    assert.equal(next.status, 'sealed', next.reason);
  });

  test('a file larger than a document may be is kept and read again', async () => {
    const [kept, ids, clock] = [disk(), randomIds, systemClock];
    const { store, keys } = await replica(kept, databases.name());
    const keyring = await openKeyring({ service: 'research', keys, store, ids, clock });
    const files = pieces(sealedStore<ResearchEvent>({ service: 'research', store, keyring, clock, ids }));
    const large = randomBytes(17 << 20);
    await files.store('package/r', 'release/r', [
      ['small', Buffer.from('first')],
      ['large', large],
    ]);
    assert.ok(large.equals(await whole(files.read('package/r', 'large'))));
    assert.equal(String(await whole(files.read('package/r', 'small'))), 'first');
  });
}
