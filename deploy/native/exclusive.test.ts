import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exclusively } from './exclusive.ts';

const folder = mkdtempSync(join(tmpdir(), 'exclusive-'));
test.after(() => rmSync(folder, { recursive: true }));

test('one works while the other waits, and says so once', async () => {
  const [file, done, go] = [join(folder, 'deep', 'a.lock'), [] as string[], Promise.withResolvers<void>()];
  const first = exclusively(file, () => go.promise.then(() => done.push('first')), assert.fail);
  let told = 0;
  const second = exclusively(
    file,
    async () => done.push('second'),
    () => {
      told += 1;
      go.resolve();
    },
  );
  await Promise.all([first, second]);
  assert.deepEqual([done, told], [['first', 'second'], 1]);
  await assert.rejects(
    exclusively(file, () => Promise.reject(new Error('broken')), assert.fail),
    /broken/,
  );
  assert.equal(await exclusively(file, async () => 'free again', assert.fail), 'free again');
});

test('a process that was killed has no lock any more', async () => {
  const file = join(folder, 'b.lock');
  const script = `const { exclusively } = await import(${JSON.stringify(join(import.meta.dirname, 'exclusive.ts'))});
    setInterval(() => {}, 1000);
    await exclusively(${JSON.stringify(file)}, () => new Promise(() => console.log('has it')), () => {});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await exclusively(
    file,
    async () => assert.equal(child.signalCode, 'SIGKILL'),
    () => child.kill('SIGKILL'),
  );
});
