import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../kernel/errors.ts';
import { hierarchyOf } from './hierarchy.ts';
import { recodeSets } from './sets.ts';

const diagnoses = hierarchyOf('diagnosis', [
  ['I10', 'I1', 'I', '*'],
  ['I11', 'I1', 'I', '*'],
  ['I20', 'I2', 'I', '*'],
  ['I21', 'I2', 'I', '*'],
  ['E10', 'E1', 'E', '*'],
  ['E11', 'E1', 'E', '*'],
  ['E66', 'E6', 'E', '*'],
]);
const sets = fc.array(fc.uniqueArray(fc.nat(6), { maxLength: 4 }), { maxLength: 20 });

test('every combination of up to m published groups that one row has, k rows have', () => {
  fc.assert(
    fc.property(sets, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), (rows, k, m) => {
      const { sets: published, cut } = recodeSets(rows, diagnoses, k, m);
      for (const set of published)
        for (let mask = 1; mask < 2 ** set.length; mask++) {
          const some = set.filter((_, index) => mask & (1 << index));
          if (some.length > m) continue;
          assert(published.filter((other) => some.every((node) => other.includes(node))).length >= k);
        }
      for (const [code, node] of cut.entries())
        assert(node < 0 || (diagnoses.first[node]! <= code && code <= diagnoses.last[node]!));
    }),
    { numRuns: 300 },
  );
});

test('nothing is raised that need not be', () => {
  fc.assert(fc.property(sets, (rows) => assert.equal(recodeSets(rows, diagnoses, 1, 2).ncp, 0)));
});

test('groups below k roll up; what not even the root hides is withheld', () => {
  const code = (text: string) => diagnoses.codes.get(text)!;
  const labels = ({ sets }: { sets: number[][] }) => sets.map((set) => set.map((node) => diagnoses.labels[node]));
  const rows = [['I10'], ['I10'], ['I11'], ['E66'], ['E10']].map((row) => row.map(code));
  assert.deepEqual(labels(recodeSets(rows, diagnoses, 2)), [['I1'], ['I1'], ['I1'], ['E'], ['E']]);
  assert.deepEqual(labels(recodeSets(rows, diagnoses, 6)), [[], [], [], [], []]);
  assert.throws(() => recodeSets(rows, diagnoses, 0), Failure);
});
