import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journal, kinds } from './journal.ts';

/** A journal whose time is told. */
function timed() {
  let now = 0;
  const kept = journal(() => now);
  const at = (time: number, ...done: (typeof kinds)[number][]) => {
    now = time;
    for (const kind of done) kept.done(kind);
  };
  return { kept, at };
}

test('the longest gap begins before the fault, and is that of whoever waited longest', () => {
  const { kept, at } = timed();
  at(100, ...kinds);
  at(140, 'read');
  at(150, ...kinds.filter((kind) => kind !== 'write'));
  at(180, 'write');
  at(190, ...kinds);
  assert.deepEqual(kept.longestGap(150), { kind: 'write', milliseconds: 80 });
});

test('who was never served waits since the fault, and still does', () => {
  const { kept, at } = timed();
  at(100, 'read');
  at(150, 'read');
  assert.equal(kept.longestGap(120).milliseconds, 50);
  at(170, 'read');
  const { kind, milliseconds } = kept.longestGap(120);
  assert.deepEqual([kind, milliseconds], ['write', 50]);
});

test('acknowledged operations are counted from a moment on', () => {
  const { kept, at } = timed();
  at(10, 'write', 'read');
  at(20, 'write');
  assert.equal(kept.count(), 3);
  assert.deepEqual([kept.since(10).write, kept.since(10).read], [1, 0]);
});
