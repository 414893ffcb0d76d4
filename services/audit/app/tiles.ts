import { Failure } from '../../../kernel/errors.ts';
import { encodeEntries } from '../../../kernel/merkle/entries.ts';
import { rootOf } from '../../../kernel/merkle/frontier.ts';
import { hashLength, leafHash } from '../../../kernel/merkle/hash.ts';
import { type NodeId, type NodeReader, nodesOfFrontier } from '../../../kernel/merkle/nodes.ts';
import { growTiles, nodesInTiles, type TileReader } from '../../../kernel/merkle/tileHashes.ts';
import {
  type EntriesId,
  entriesPath,
  hashesAt,
  partialTiles,
  type TileId,
  tileOfNode,
  tilePath,
  tileWidth,
} from '../../../kernel/merkle/tiles.ts';
import type { Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { BatchSequenced } from '../domain/event.ts';
import { commitmentsOf } from './batch.ts';

/**
 * Tiles and entry bundles, in the clear. A document's id is the path of the full tile; its body is what there is of it
 * so far, and its version how many hashes or entries that is: an earlier partial tile is the beginning of a later one.
 */
export const tilesCollection = 'tiles';

/** Bytes of one entry in a bundle: its length, and a commitment. */
const entryLength = 2 + hashLength;

/** The tiles and bundles that a batch fills or lengthens. */
export async function tileWrites(views: Views, batch: BatchSequenced): Promise<ViewWrite[]> {
  const { start } = batch;
  const commitments = commitmentsOf(batch);
  const partial = await loadTiles(views, partialTiles(start));
  const tiles = growTiles(start, commitments.map(leafHash), partial).map(({ level, index, width, bytes }) =>
    document(tilePath(level, index), width, bytes),
  );
  return [...tiles, ...(await bundleWrites(views, start, commitments))];
}

async function bundleWrites(views: Views, start: number, commitments: Uint8Array[]): Promise<ViewWrite[]> {
  const writes: ViewWrite[] = [];
  for (let at = 0; at < commitments.length; ) {
    const index = Math.floor((start + at) / tileWidth);
    const kept = (start + at) % tileWidth;
    const added = commitments.slice(at, at + tileWidth - kept);
    const id = { level: 'entries', index, width: kept } as const;
    const before = kept > 0 ? await readTile(views, id) : new Uint8Array();
    if (!before) throw incomplete();
    const width = kept + added.length;
    writes.push(document(entriesPath(index), width, Buffer.concat([before, encodeEntries(added)])));
    at += added.length;
  }
  return writes;
}

const document = (id: string, version: number, body: Uint8Array): ViewWrite => ({
  ...{ collection: tilesCollection, id, version, body },
  keys: {},
  sort: 0,
});

/** A tile's or bundle's bytes; undefined where the log does not have so much of it. */
export async function readTile(views: Views, { level, index, width }: TileId | EntriesId) {
  const [path, unit] = level === 'entries' ? [entriesPath(index), entryLength] : [tilePath(level, index), hashLength];
  const body = (await views.get(tilesCollection, path))?.body;
  return body && body.length >= width * unit ? body.subarray(0, width * unit) : undefined;
}

/** Whether a tree of `size` leaves has this tile or bundle. */
export function within(size: number, { level, index, width }: TileId | EntriesId): boolean {
  return index * tileWidth + width <= hashesAt(level === 'entries' ? 0 : level, size);
}

async function loadTiles(views: Views, tiles: readonly TileId[]): Promise<TileReader> {
  const loaded = new Map<string, Uint8Array>();
  const pathOf = ({ level, index, width }: TileId) => tilePath(level, index, width);
  for (const tile of tiles) {
    const path = pathOf(tile);
    if (loaded.has(path)) continue;
    const bytes = await readTile(views, tile);
    if (!bytes) throw incomplete();
    loaded.set(path, bytes);
  }
  return (tile) => loaded.get(pathOf(tile))!;
}

/** Reads these nodes of the tree of `size` leaves out of its tiles. Throws Failure `exception` where a tile is missing. */
export async function loadNodes(views: Views, nodes: readonly NodeId[], size: number): Promise<NodeReader> {
  return nodesInTiles(
    size,
    await loadTiles(
      views,
      nodes.map(({ level, index }) => tileOfNode(level, index, size)),
    ),
  );
}

/** The root of the tree of `size` leaves as its tiles give it. */
export async function rootInTiles(views: Views, size: number): Promise<Uint8Array> {
  const nodes = nodesOfFrontier(size);
  const node = await loadNodes(views, nodes, size);
  return rootOf(
    nodes.map(({ level, index }) => node(level, index)),
    size,
  );
}

const incomplete = () => new Failure('exception', 'A tile of the audit log is missing: rebuild the views.');
