import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tarEnd, tarHeader, tarPadding, untar } from './tar.ts';

const archived = (files: readonly [string, Uint8Array][]) =>
  Buffer.concat([
    ...files.flatMap(([name, bytes]) => [tarHeader({ name, bytes: bytes.length }), bytes, tarPadding(bytes.length)]),
    tarEnd,
  ]);

test('what was archived is read again, whatever the sizes', () => {
  const bytes = fc.uint8Array({ maxLength: 2000 });
  const files = fc.dictionary(fc.stringMatching(/^[a-z][a-z.-]{0,40}$/), bytes).map((all) => Object.entries(all));
  fc.assert(
    fc.property(files, (all) => {
      const read = [...untar(archived(all))].map(([name, content]) => [name, Uint8Array.from(content)]);
      assert.deepEqual(read, all);
    }),
  );
});

test('an archive that is cut off, or none, is refused', () => {
  const whole = archived([['data.csv', Buffer.alloc(700)]]);
  for (const length of [0, 100, 512, 900, whole.length - 1024])
    assert.throws(() => untar(whole.subarray(0, length)), /no whole package/);
  assert.throws(() => untar(Buffer.alloc(2048, 1)), /no whole package/);
  for (const name of ['../x', '..'])
    assert.throws(() => untar(archived([[name, Buffer.alloc(1)]])), /no whole package/);
  whole.write('-0000001000', 124);
  assert.throws(() => untar(whole), /no whole package/);
});
