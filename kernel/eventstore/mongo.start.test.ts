import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Failure } from '../errors.ts';
import { openMongoDatabase, refuseStandalone } from './mongoDatabase.ts';
import { testDatabases } from './mongoTesting.ts';

const url = process.env.MONGODB_URL ?? '';

test('a server where nobody listens is told of in one line, without the password', () =>
  refused(
    'mongodb://user:secret@127.0.0.1:1/?replicaSet=rs&serverSelectionTimeoutMS=200',
    'x',
    /no primary answers at the hosts of MONGODB_URL/,
  ));

test('an address that is none is told of', () => refused('http://user:secret@somewhere', 'x', /MONGODB_URL cannot/));

test('a standalone server is refused with what to do, a replica set and mongos are not', () => {
  assert.throws(() => refuseStandalone({}), /--replSet rs0 and run rs\.initiate\(\)/);
  refuseStandalone({ setName: 'rs0' });
  refuseStandalone({ msg: 'isdbgrid' });
});

if (!url) test('mongo: start', (t) => t.skip('NOT RUN: MongoDB (npm run test:engines)'));
else withServer();

function withServer(): void {
  const databases = testDatabases(url);
  after(databases.drop);
  const [name, changed] = [databases.name(), new URL(url)];

  test('mongo: a wrong password', () => {
    const wrong = new URL(url);
    wrong.password = 'secret';
    return refused(wrong.href, name, /refuses the user or the password/);
  });

  test('mongo: a certificate that nobody vouches for', () => {
    changed.searchParams.delete('tlsCAFile');
    changed.searchParams.set('serverSelectionTimeoutMS', '1000');
    return refused(changed.href, name, /certificate is not trusted \(\w+\).*tlsCAFile/);
  });

  test('mongo: a database of a newer release', async () => {
    const { db, close } = await databases.open(name);
    await db
      .collection<{ _id: string; version: number }>('about')
      .updateOne({ _id: 'schema' }, { $set: { version: 2 } }, { upsert: true });
    await close();
    await refused(url, name, /has schema version 2, this program knows 1: run the newer release/);
  });
}

async function refused(address: string, name: string, message: RegExp): Promise<void> {
  const started = performance.now();
  await assert.rejects(openMongoDatabase(address, name), (error: unknown) => {
    assert.ok(error instanceof Failure, `${error}`);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n|secret/);
    return true;
  });
  assert.ok(performance.now() - started < 10_000);
}
