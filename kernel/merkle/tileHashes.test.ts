import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEntries, encodeEntries } from './entries.ts';
import { appendLeaves } from './frontier.ts';
import { leafHash } from './hash.ts';
import { hashOfRange, nodesOfFrontier } from './nodes.ts';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './proof.ts';
import { entriesOf } from './testing.ts';
import { growTiles, nodesInTiles, type TileReader } from './tileHashes.ts';
import { type TileId, tilePath, tilesOfGrowth } from './tiles.ts';

const leaves = entriesOf(70_000).map(leafHash);
const idOf = ({ level, index, width }: TileId) => ({ level, index, width });
const rootOfLeaves = (size: number) => appendLeaves([], 0, leaves.slice(0, size)).root;

/** A store of tiles that grew by these batches. */
function grown(batches: number[]) {
  const tiles = new Map<string, Uint8Array>();
  const read: TileReader = ({ level, index, width }) => {
    const bytes = tiles.get(tilePath(level, index, width));
    assert(bytes, tilePath(level, index, width));
    return bytes;
  };
  let size = 0;
  for (const count of batches) {
    const made = growTiles(size, leaves.slice(size, size + count), read);
    assert.deepEqual(made.map(idOf), tilesOfGrowth(size, size + count));
    for (const { level, index, width, bytes } of made) tiles.set(tilePath(level, index, width), bytes);
    size += count;
  }
  return { size, node: nodesInTiles(size, read), nodeAt: (past: number) => nodesInTiles(past, read) };
}

test('however a tree grew, its tiles give its root, its frontier and proofs that verify', () => {
  const batches = fc.array(fc.oneof(fc.nat(300), fc.nat(3)), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(batches, fc.nat(), (batches, pick) => {
      const { size, node, nodeAt } = grown(batches);
      fc.pre(size > 0);
      const { root, frontier } = appendLeaves([], 0, leaves.slice(0, size));
      assert.deepEqual(hashOfRange([0, size], node), root);
      assert.deepEqual(
        nodesOfFrontier(size).map(({ level, index }) => node(level, index)),
        frontier,
      );
      const index = pick % size;
      assert(verifyInclusion(inclusionProof(index, size, node), index, size, leaves[index]!, root));
      const past = batches[0]!;
      if (past > 0) assert.deepEqual(hashOfRange([0, past], nodeAt(past)), rootOfLeaves(past));
      const consistency = consistencyProof(past, size, node);
      assert(verifyConsistency(consistency, past, rootOfLeaves(past), size, root));
    }),
    { numRuns: 40 },
  );
});

test('a tree of three levels of tiles', () => {
  const { size, node } = grown([65_535, 1, 2, 4_462]);
  assert.equal(size, 70_000);
  assert.deepEqual(hashOfRange([0, size], node), rootOfLeaves(size));
  for (const index of [0, 255, 256, 65_535, 65_536, 69_999])
    assert(verifyInclusion(inclusionProof(index, size, node), index, size, leaves[index]!, rootOfLeaves(size)));
});

test('a tile of another length, and a node the tree does not have, throw', () => {
  const node = nodesInTiles(5, () => new Uint8Array(4 * 32));
  assert.throws(() => node(0, 0), RangeError);
  assert.throws(() => node(0, 5), RangeError);
  assert.throws(() => node(3, 0), RangeError);
});

test('entry bundles carry entries of any length, and none that is cut', () => {
  const entry = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(fc.array(entry), fc.nat(), (entries, cut) => {
      const bundle = encodeEntries(entries);
      assert.deepEqual(decodeEntries(bundle), entries);
      const ends = entries.map((_, at) => encodeEntries(entries.slice(0, at)).length);
      const at = cut % Math.max(1, bundle.length);
      if (bundle.length > 0 && !ends.includes(at))
        assert.throws(() => decodeEntries(bundle.subarray(0, at)), RangeError);
    }),
  );
  assert.deepEqual([...encodeEntries([Uint8Array.of(7)])], [0, 1, 7]);
  assert.equal(decodeEntries(encodeEntries([new Uint8Array(65_535)]))[0]!.length, 65_535);
  assert.throws(() => encodeEntries([new Uint8Array(65_536)]), RangeError);
});
