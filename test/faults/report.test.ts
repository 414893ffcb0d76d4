import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWell, tableOf, verdictOf } from './report.ts';
import type { Injected, Round } from './rounds.ts';

const injected = (fault: string, milliseconds: number): Injected => ({
  ...{ seed: 1, fault, victim: '', recovered: 0 },
  gap: { kind: 'read', milliseconds },
});
const round = (findings: Round['findings']): Round => ({
  ...{ seed: 3, injected: [], acknowledged: 5, failures: { 503: 2 }, seconds: 61, findings },
});

test('the table has the median and the longest gap of each fault', () => {
  const table = tableOf([injected('b', 30), injected('a', 100), injected('b', 10), injected('b', 2000)]);
  assert.deepEqual(
    table.map((line) => line.trim().split(/\s+/)),
    [
      ['fault', 'times', 'median', 'ms', 'longest', 'ms'],
      ['a', '1', '100', '100'],
      ['b', '3', '30', '2000'],
    ],
  );
});

test('what does not hold is told, the first ten of each', () => {
  const lost = Array.from({ length: 12 }, (_, n) => `Observation/${n}`);
  const lines = verdictOf(round({ 'acknowledged writes are there': lost, 'only poison is parked': [] }));
  assert.match(lines[0]!, /seed 3: 5 operations .*2 × 503.* 1 of 2 checks hold, 61 s/);
  assert.match(lines[1]!, /not so: acknowledged writes are there \(12\)/);
  assert.equal(lines.length, 12);
});

test('a seed is well when every check holds', () => {
  assert.equal(isWell(round({ one: [], two: [] })), true);
  assert.equal(isWell(round({ one: [], two: ['lost'] })), false);
});
