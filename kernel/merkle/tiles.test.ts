import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entriesPath, parseTilePath, partialTiles, type TileId, tilePath, tilesOfGrowth } from './tiles.ts';

const width = fc.integer({ min: 1, max: 256 });
const index = fc.oneof(fc.nat(2000), fc.maxSafeNat());

test('the paths are those of C2SP tlog-tiles', () => {
  assert.equal(tilePath(0, 1234067), 'tile/0/x001/x234/067');
  assert.equal(tilePath(0, 1234, 5), 'tile/0/x001/234.p/5');
  assert.equal(tilePath(2, 0), 'tile/2/000');
  assert.equal(entriesPath(999_999, 255), 'tile/entries/x999/999.p/255');
});

test('every path is read back, and what differs from it by anything is not', () => {
  fc.assert(
    fc.property(fc.nat(63), index, width, (level, index, width) => {
      assert.deepEqual(parseTilePath(tilePath(level, index, width)), { level, index, width });
      assert.deepEqual(parseTilePath(entriesPath(index, width)), { level: 'entries', index, width });
    }),
  );
  const wrong = ['64/000', '00/000', '0/0', '0/1234', '0/x001', '0/x000/001', '0/000.p/0', '0/000.p/256', '0/000.p/05'];
  for (const path of [...wrong, '-1/000', '0/000/', '0//000', '0/000.p/', '0/x999/x999/x999/x999/x999/999'])
    assert.equal(parseTilePath(`tile/${path}`), undefined, path);
});

test('a tree of 70,000 leaves has the tiles of the specification’s example', () => {
  const tiles = tilesOfGrowth(0, 70_000);
  assert.equal(tiles.filter(({ level, width }) => level === 0 && width === 256).length, 273);
  const rest = tiles.filter(({ level, width }) => level > 0 || width < 256);
  const expected = [
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 0, width: 256 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ];
  assert.deepEqual(rest, expected);
  assert.deepEqual(
    partialTiles(70_000),
    expected.filter(({ width }) => width < 256),
  );
  assert.deepEqual(tilesOfGrowth(0, 256), [
    { level: 0, index: 0, width: 256 },
    { level: 1, index: 0, width: 1 },
  ]);
});

test('a growth makes the tiles that the larger tree has and the smaller had not', () => {
  const key = ({ level, index, width }: TileId) => tilePath(level, index, width);
  fc.assert(
    fc.property(fc.nat(140_000), fc.nat(70_000), (from, more) => {
      const had = new Set(tilesOfGrowth(0, from).map(key));
      const added = tilesOfGrowth(0, from + more).filter((tile) => !had.has(key(tile)));
      assert.deepEqual(tilesOfGrowth(from, from + more), added);
    }),
    { numRuns: 50 },
  );
});
