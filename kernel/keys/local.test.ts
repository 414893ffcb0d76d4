import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { keyServiceConformance } from './conformance.ts';
import { localKeys } from './local.ts';

const root = mkdtempSync(join(tmpdir(), 'keys-'));
after(() => rmSync(root, { recursive: true }));
const freshFile = () => join(mkdtempSync(join(root, 'k')), 'keys.sqlite');

keyServiceConformance('local', () => {
  const file = freshFile();
  return { open: async () => localKeys(file) };
});

/** Key bytes by name, read behind the service's back while it is closed. */
function storedKeys(file: string): Map<string, Buffer> {
  const db = new DatabaseSync(file);
  const rows = db.prepare('SELECT name, key FROM keys').all();
  db.close();
  return new Map(rows.map((row) => [row.name as string, Buffer.from(row.key as Uint8Array)]));
}

const filesHold = (file: string, bytes: Buffer): boolean =>
  readdirSync(join(file, '..')).some((name) => readFileSync(join(file, '..', name)).includes(bytes));

test('the bytes of a destroyed key are nowhere in the file or beside it', async () => {
  const file = freshFile();
  const names = Array.from({ length: 400 }, (_, n) => `records/patient-${(n * 7919) % 400}`);
  const first = localKeys(file);
  for (const name of names) await first.create(name);
  await first.close();
  const keys = storedKeys(file);
  const doomed = names.filter((_, n) => n % 3 === 0);
  assert.ok(
    doomed.every((name) => filesHold(file, keys.get(name)!)),
    'the test sees keys that are there',
  );

  const second = localKeys(file);
  for (const name of doomed) {
    await second.destroy(name);
    assert.ok(!filesHold(file, keys.get(name)!), `${name} while open`);
    await second.create(`records/later-${name}`);
  }
  await second.close();
  for (const name of doomed) assert.ok(!filesHold(file, keys.get(name)!), name);
  for (const name of names) if (!doomed.includes(name)) assert.ok(filesHold(file, keys.get(name)!), name);
});

test('a journal left by a crash between commit and wipe is wiped at the next start', async () => {
  const file = freshFile();
  const keys = localKeys(file);
  await keys.create('records/p1');
  await keys.close();
  const key = storedKeys(file).get('records/p1')!;
  const left = Buffer.concat([Buffer.alloc(512), key]); // a zeroed header: an idle journal, its pages still there
  writeFileSync(`${file}-journal`, left);
  await localKeys(file).close();
  assert.ok(!readFileSync(`${file}-journal`).includes(key));
  assert.equal(await reopened(file, (again) => again.exists('records/p1')), true);
});

test('only the owner may read the key file and its journal, even where it was laxer', async () => {
  const file = freshFile();
  writeFileSync(file, '', { mode: 0o644 });
  chmodSync(file, 0o644);
  const keys = localKeys(file);
  await keys.create('records/p1');
  for (const name of readdirSync(join(file, '..')))
    assert.equal(statSync(join(file, '..', name)).mode & 0o777, 0o600, name);
  await keys.close();
});

test('a second process cannot open the key file', async () => {
  const file = freshFile();
  const keys = localKeys(file);
  assert.throws(() => localKeys(file), { code: 'unavailable' });
  await keys.close();
  await localKeys(file).close();
});

async function reopened<T>(file: string, use: (keys: ReturnType<typeof localKeys>) => Promise<T>): Promise<T> {
  const keys = localKeys(file);
  try {
    return await use(keys);
  } finally {
    await keys.close();
  }
}
