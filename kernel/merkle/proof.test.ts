import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyRoot, leafHash } from './hash.ts';
import type { NodeReader } from './nodes.ts';
import {
  consistencyProof,
  inclusionProof,
  nodesOfConsistency,
  nodesOfInclusion,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts';
import { auditPath, entriesOf, flipped, nodesOfEntries, subproof, treeHash } from './testing.ts';

const log = entriesOf(300);
const node = nodesOfEntries(log);
/** A tree's size, and the index of one of its leaves. */
const leaf = fc.integer({ min: 1, max: log.length }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));
/** A tree's size, and the size of the tree it grew from. */
const growth = fc
  .integer({ min: 1, max: log.length })
  .chain((size) => fc.tuple(fc.integer({ min: 1, max: size }), fc.constant(size)));

/** A reader that knows the listed nodes only. */
function only(nodes: { level: number; index: number }[]): NodeReader {
  const known = new Set(nodes.map(({ level, index }) => `${level}/${index}`));
  return (level, index) => {
    assert(known.has(`${level}/${index}`), `node ${index} at level ${level} is not listed`);
    return node(level, index);
  };
}

test('an inclusion proof is RFC 6962’s audit path, read from the nodes that are listed, and verifies', () => {
  fc.assert(
    fc.property(leaf, ([index, size]) => {
      const path = inclusionProof(index, size, only(nodesOfInclusion(index, size)));
      assert.deepEqual(path, auditPath(index, log.slice(0, size)));
      assert(verifyInclusion(path, index, size, leafHash(log[index]!), treeHash(log.slice(0, size))));
    }),
  );
});

test('a consistency proof is RFC 6962’s, read from the nodes that are listed, and verifies', () => {
  fc.assert(
    fc.property(growth, ([oldSize, size]) => {
      const path = consistencyProof(oldSize, size, only(nodesOfConsistency(oldSize, size)));
      assert.deepEqual(path, subproof(oldSize, log.slice(0, size)));
      const [oldRoot, root] = [treeHash(log.slice(0, oldSize)), treeHash(log.slice(0, size))];
      assert(verifyConsistency(path, oldSize, oldRoot, size, root));
    }),
  );
});

test('any flipped bit, other leaf or other size fails an inclusion proof', () => {
  fc.assert(
    fc.property(leaf, fc.nat(), fc.nat(), ([index, size], which, bit) => {
      const path = inclusionProof(index, size, node);
      const parts = [...path, leafHash(log[index]!), treeHash(log.slice(0, size))];
      const damaged = parts.map((part, at) => (at === which % parts.length ? flipped(part, bit) : part));
      assert(!verifyInclusion(damaged.slice(0, -2), index, size, damaged.at(-2)!, damaged.at(-1)!));
      const [hash, root] = parts.slice(-2) as [Uint8Array, Uint8Array];
      assert(!verifyInclusion(path.slice(1), index, size, hash, root) || path.length === 0);
      assert(!verifyInclusion([...path, root], index, size, hash, root));
      for (const other of [index - 1, index + 1]) assert(!verifyInclusion(path, other, size, hash, root));
    }),
  );
});

test('any flipped bit fails a consistency proof, and so does a part too few or too many', () => {
  fc.assert(
    fc.property(growth, fc.nat(), fc.nat(), ([oldSize, size], which, bit) => {
      const path = consistencyProof(oldSize, size, node);
      const parts = [...path, treeHash(log.slice(0, oldSize)), treeHash(log.slice(0, size))];
      const damaged = parts.map((part, at) => (at === which % parts.length ? flipped(part, bit) : part));
      assert(!verifyConsistency(damaged.slice(0, -2), oldSize, damaged.at(-2)!, size, damaged.at(-1)!));
      const [oldRoot, root] = parts.slice(-2) as [Uint8Array, Uint8Array];
      assert(!verifyConsistency([...path, root], oldSize, oldRoot, size, root));
      assert(!verifyConsistency(path.slice(0, -1), oldSize, oldRoot, size, root) || path.length === 0);
    }),
  );
});

test('every tree continues the empty one, and only with its root', () => {
  const root = treeHash(log);
  assert.deepEqual(consistencyProof(0, log.length, node), []);
  assert(verifyConsistency([], 0, emptyRoot(), log.length, root));
  assert(!verifyConsistency([], 0, root, log.length, root));
  assert(!verifyConsistency([root], 0, emptyRoot(), log.length, root));
});

test('what is no proof at all is false, and what is no leaf or no growth throws', () => {
  const root = treeHash(log);
  assert(!verifyInclusion([], 0, 0, root, root));
  assert(!verifyInclusion([], -1, 1, root, root));
  assert(!verifyInclusion([], 0.5, 1, root, root));
  assert(!verifyInclusion([], 0, 1, root.subarray(1), root.subarray(1)));
  assert(!verifyConsistency([], 2, root, 1, root));
  assert(!verifyConsistency([], 1, root, 2, root));
  assert.throws(() => inclusionProof(3, 3, node), RangeError);
  assert.throws(() => consistencyProof(4, 3, node), RangeError);
});
