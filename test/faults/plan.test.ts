import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allFaults } from './faults/all.ts';
import { faultsPerSeed, planOf } from './plan.ts';

const names = allFaults.map(({ name }) => name);

test('ten seeds that follow each other meet every fault at least three times', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (first) => {
      const met = Array.from({ length: 10 }, (_, index) => planOf(first + index, names)).flat();
      assert.equal(met.length, 10 * faultsPerSeed);
      const times = names.map((name) => met.filter(({ fault }) => fault === name).length);
      assert.ok(Math.min(...times) >= 3, `${times}`);
    }),
  );
});

test('a seed does the same every time, and another something else', () => {
  assert.deepEqual(planOf(7, names), planOf(7, names));
  assert.notDeepEqual(planOf(7, names), planOf(8, names));
});

test('with few faults each comes again', () => {
  assert.deepEqual(new Set(planOf(1, ['one']).map(({ fault }) => fault)), new Set(['one']));
});
