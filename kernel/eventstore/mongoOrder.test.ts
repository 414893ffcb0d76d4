import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CommitHead } from './mongoCommits.ts';
import { inOrder } from './mongoOrder.ts';

const commit = (stream: string, first: number, group?: CommitHead['group']): CommitHead => ({
  ...{ _id: `${stream}@${first}`, stream, first, last: first, pending: true as const },
  ...(first > 1 && { previous: `${stream}@${first - 1}` }),
  ...(group && { group }),
});

/** Appends to one or several of three streams, as they happened. */
const history = fc.array(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { maxLength: 12 }).map((appends) => {
  const heads = new Map<string, number>();
  return appends.flatMap((streams, n) =>
    streams.map((stream, index) => {
      const first = (heads.get(stream) ?? 0) + 1;
      heads.set(stream, first);
      return commit(stream, first, streams.length > 1 ? { id: `g${n}`, index, size: streams.length } : undefined);
    }),
  );
});

const shuffled = (commits: CommitHead[], seed: number[]) =>
  commits
    .map((each, n) => [each, seed[n] ?? n] as const)
    .sort((a, b) => a[1] - b[1])
    .map(([each]) => each);

test('a whole list in any order is ordered whole: each after its predecessor, appends together', () => {
  const seed = fc.array(fc.nat(1000), { minLength: 36, maxLength: 36 });
  fc.assert(
    fc.property(history, seed, (commits, order) => {
      const ordered = inOrder(shuffled(commits, order), new Set());
      assert.equal(ordered.length, commits.length);
      inStep(ordered, new Set());
      together(ordered);
    }),
  );
});

test('from a list with holes nothing comes too early, and passes over the rest end whole', () => {
  const seen = fc.array(fc.boolean(), { minLength: 36, maxLength: 36 });
  fc.assert(
    fc.property(history, seen, (commits, visible) => {
      const done = inOrder(
        commits.filter((_, n) => visible[n]),
        new Set(),
      );
      const sequenced = new Set(done.map(({ _id }) => _id));
      const rest = inOrder(
        commits.filter(({ _id }) => !sequenced.has(_id)),
        sequenced,
        done.at(-1),
      );
      inStep([...done, ...rest], new Set());
      together([...done, ...rest]);
      assert.equal(done.length + rest.length, commits.length);
    }),
  );
});

test('what a sequencer left half done comes first; where its rest is not listed, nothing does', () => {
  const group = (index: number) => ({ id: 'g', index, size: 3 });
  const [a, b, c] = [commit('a', 1, group(0)), commit('b', 1, group(1)), commit('c', 1, group(2))];
  const other = commit('x', 1);
  assert.deepEqual(inOrder([other, c, b], new Set(), a), [b, c, other]);
  assert.deepEqual(inOrder([other, c], new Set(), a), []);
  assert.deepEqual(inOrder([other], new Set(), c), [other]);
});

test('a commit whose predecessor has no position waits, with everything of the same append', () => {
  const pair = (index: number) => ({ id: 'g', index, size: 2 });
  const waiting = [commit('a', 2, pair(0)), commit('b', 1, pair(1)), commit('b', 2), commit('c', 1)];
  const ids = (sequenced: string[]) => inOrder(waiting, new Set(sequenced)).map(({ _id }) => _id);
  assert.deepEqual(ids([]), ['c@1']);
  assert.deepEqual(ids(['a@1']), ['a@2', 'b@1', 'b@2', 'c@1']);
});

function inStep(ordered: CommitHead[], before: Set<string>): void {
  for (const { _id, previous } of ordered) {
    assert.ok(!previous || before.has(previous), `${_id} is too early`);
    before.add(_id);
  }
}

function together(ordered: CommitHead[]): void {
  for (const [at, { group }] of ordered.entries()) {
    if (!group) continue;
    const rest = ordered.slice(at, at + group.size - group.index).map((each) => each.group?.id);
    assert.deepEqual(rest, Array(group.size - group.index).fill(group.id));
  }
}
