import { hashLength, nodeHash } from './hash.ts';
import type { NodeReader } from './nodes.ts';
import { hashesAt, type TileId, tileHeight, tileOfNode, tilePath, tileWidth } from './tiles.ts';

/** Gives a tile's bytes: its hashes, one after the other. Throws where it does not have them. */
export type TileReader = (tile: TileId) => Uint8Array;

export interface Tile extends TileId {
  bytes: Uint8Array;
}

/**
 * Appends leaf hashes to a tree of `size` leaves.
 * @param partial is asked for what `partialTiles(size)` lists
 * @returns the tiles that `tilesOfGrowth(size, size + leaves.length)` lists
 */
export function growTiles(size: number, leaves: readonly Uint8Array[], partial: TileReader): Tile[] {
  const tiles: Tile[] = [];
  let added = leaves;
  for (let level = 0; added.length > 0; level++) {
    const grown = growLevel(level, hashesAt(level, size), added, partial);
    tiles.push(...grown);
    added = grown.filter(({ width }) => width === tileWidth).map(({ bytes }) => rootOfHashes(bytes));
  }
  return tiles;
}

function growLevel(level: number, had: number, added: readonly Uint8Array[], partial: TileReader): Tile[] {
  const tiles: Tile[] = [];
  const has = had + added.length;
  for (let index = Math.floor(had / tileWidth); index * tileWidth < has; index++) {
    const start = index * tileWidth;
    const width = Math.min(tileWidth, has - start);
    const kept = Math.max(0, had - start);
    const bytes = new Uint8Array(width * hashLength);
    if (kept > 0) bytes.set(hashesOf({ level, index, width: kept }, partial));
    for (let at = kept; at < width; at++) bytes.set(added[start + at - had]!, at * hashLength);
    tiles.push({ level, index, width, bytes });
  }
  return tiles;
}

/**
 * Reads the nodes of a tree of `size` leaves out of its tiles: for `inclusionProof` and its kin.
 * @param tile is asked for the `tileOfNode` of each node that is read
 * @returns a reader that throws RangeError where the tree has no such node, or a tile has another length
 */
export function nodesInTiles(size: number, tile: TileReader): NodeReader {
  return (level, index) => {
    const id = tileOfNode(level, index, size);
    const count = 2 ** (level % tileHeight);
    const start = index * count - id.index * tileWidth;
    if (start + count > id.width)
      throw new RangeError(`a tree of ${size} leaves has no node ${index} at level ${level}`);
    return rootOfHashes(hashesOf(id, tile).subarray(start * hashLength, (start + count) * hashLength));
  };
}

function hashesOf(id: TileId, tile: TileReader): Uint8Array {
  const bytes = tile(id);
  if (bytes.length === id.width * hashLength) return bytes;
  throw new RangeError(`${tilePath(id.level, id.index, id.width)} has ${bytes.length} bytes`);
}

/** The root over consecutive hashes; their number is a power of two. */
export function rootOfHashes(bytes: Uint8Array): Uint8Array {
  let hashes = bytes;
  while (hashes.length > hashLength) {
    const above = new Uint8Array(hashes.length / 2);
    for (let at = 0; at < above.length; at += hashLength) {
      const [left, right] = [2 * at, 2 * at + hashLength];
      above.set(nodeHash(hashes.subarray(left, right), hashes.subarray(right, right + hashLength)), at);
    }
    hashes = above;
  }
  return hashes.slice();
}
