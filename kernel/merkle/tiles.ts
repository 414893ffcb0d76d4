/** Hashes in a full tile: a tile spans `tileHeight` levels of the tree. */
export const tileWidth = 256;
export const tileHeight = 8;

/**
 * A tile of the Merkle tree: `width` consecutive hashes of tree level 8·`level`, from number 256·`index` on; partial
 * where `width` is below 256. Layout: C2SP tlog-tiles (https://c2sp.org/tlog-tiles).
 */
export interface TileId {
  level: number;
  index: number;
  width: number;
}

/** The bundle of the entries whose leaf hashes are in level 0's tile of the same index and width. */
export interface EntriesId {
  level: 'entries';
  index: number;
  width: number;
}

/** A tile's path below the log's address, as in `tile/0/x001/234.p/5`. */
export const tilePath = (level: number, index: number, width = tileWidth): string =>
  `tile/${level}/${numbered(index, width)}`;

/** An entry bundle's path below the log's address, as in `tile/entries/x001/234.p/5`. */
export const entriesPath = (index: number, width = tileWidth): string => `tile/entries/${numbered(index, width)}`;

/** The reverse of `tilePath` and `entriesPath`; undefined where the path is of neither form. */
export function parseTilePath(path: string): TileId | EntriesId | undefined {
  const [, name, digits, part] = /^tile\/(entries|\d\d?)\/([x\d/]+)(?:\.p\/(\d{1,3}))?$/.exec(path) ?? [];
  if (!name || !digits) return undefined;
  const index = Number(digits.replace(/[x/]/g, ''));
  const width = part === undefined ? tileWidth : Number(part);
  const level = name === 'entries' ? name : Number(name);
  const canonical = level === 'entries' ? entriesPath(index, width) : tilePath(level, index, width);
  const exists = Number.isSafeInteger(index) && width >= 1 && width <= tileWidth && (level === 'entries' || level < 64);
  return exists && canonical === path ? ({ level, index, width } as TileId | EntriesId) : undefined;
}

function numbered(index: number, width: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g)!;
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return width === tileWidth ? path : `${path}.p/${width}`;
}

/** How many hashes tile level `level` holds in a tree of `size` leaves. */
export const hashesAt = (level: number, size: number): number => Math.floor(size / tileWidth ** level);

/**
 * The tiles that a tree of `size` leaves has and one of `from` leaves had not: those that the growth filled, and the
 * partial ones it ends with; level by level, left to right. From 0, they are all tiles of a tree.
 */
export function tilesOfGrowth(from: number, size: number): TileId[] {
  const tiles: TileId[] = [];
  for (let level = 0; hashesAt(level, size) > hashesAt(level, from); level++) {
    const count = hashesAt(level, size);
    for (let index = Math.floor(hashesAt(level, from) / tileWidth); index * tileWidth < count; index++)
      tiles.push({ level, index, width: Math.min(tileWidth, count - index * tileWidth) });
  }
  return tiles;
}

/** The partial tiles of a tree of `size` leaves, at most one a level: what growing continues. */
export function partialTiles(size: number): TileId[] {
  const tiles: TileId[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level++) {
    const width = hashesAt(level, size) % tileWidth;
    if (width > 0) tiles.push({ level, index: Math.floor(hashesAt(level, size) / tileWidth), width });
  }
  return tiles;
}

/** The tile that a node (see nodes.ts) is read from, in a tree of `size` leaves; of width below 1 where there is none. */
export function tileOfNode(nodeLevel: number, nodeIndex: number, size: number): TileId {
  const level = Math.floor(nodeLevel / tileHeight);
  const index = Math.floor((nodeIndex * 2 ** (nodeLevel % tileHeight)) / tileWidth);
  return { level, index, width: Math.min(tileWidth, hashesAt(level, size) - index * tileWidth) };
}
