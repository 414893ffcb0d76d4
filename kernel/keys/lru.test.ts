import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lru } from './lru.ts';

test('the entry used longest ago goes first', () => {
  const cache = lru<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  assert.equal(cache.get('a'), 1);
  cache.set('c', 3);
  assert.equal(cache.get('b'), undefined);
  assert.equal(cache.get('a'), 1);
  assert.equal(cache.get('c'), 3);
});

test('setting again and deleting', () => {
  const cache = lru<number>(1);
  cache.set('a', 1);
  cache.set('a', 2);
  assert.equal(cache.get('a'), 2);
  cache.delete('a');
  assert.equal(cache.get('a'), undefined);
});
