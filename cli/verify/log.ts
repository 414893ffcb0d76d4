import { Failure } from '../../kernel/errors.ts';
import { sameBytes } from '../../kernel/merkle/base64.ts';
import { decodeEntries } from '../../kernel/merkle/entries.ts';
import { appendLeaves, rootOf } from '../../kernel/merkle/frontier.ts';
import { hashLength, leafHash } from '../../kernel/merkle/hash.ts';
import { growTiles, type Tile } from '../../kernel/merkle/tileHashes.ts';
import { entriesPath, hashesAt, type TileId, tilePath, tileWidth } from '../../kernel/merkle/tiles.ts';
import { invalid } from './invalid.ts';

/** A log's files, by their path below its address. */
export interface LogFiles {
  /** Throws Failure `not-found` where there is no such file. */
  read(path: string): Promise<Uint8Array>;
}

/** A root that somebody signed or anchored: the tree must have it at this size. */
export interface Claim {
  size: number;
  root: Uint8Array;
  /** Who claims it, as in "the checkpoint". */
  by: string;
}

export interface VerifiedLog {
  entries: number;
  tiles: number;
}

/** Bundles that are read at once. */
const window = 16;

/**
 * Recomputes a log of `size` entries from its entry bundles: every leaf, every tile on every level, and the root at
 * each claimed size.
 * @param advance is told how many entries more are verified
 * @throws Failure `invalid` that says where the first difference is
 */
export async function verifyLog(
  files: LogFiles,
  size: number,
  claims: readonly Claim[],
  advance: (entries: number) => void,
): Promise<VerifiedLog> {
  const tree = recomputed(claims);
  const partial = new Map<number, Uint8Array>();
  let tiles = 0;
  for (let at = 0; at < size; at = tree.size()) {
    const leaves = (await readLeaves(files, at, size)).map(leafHash);
    const grown = growTiles(at, leaves, ({ level }) => partial.get(level)!);
    const kept = grown.filter((tile) => tile.width === tileWidth || isLast(tile, size));
    await Promise.all(kept.map((tile) => compare(files, tile)));
    for (const { level, bytes } of grown) partial.set(level, bytes);
    tree.append(leaves);
    tiles += kept.length;
    advance(leaves.length);
  }
  tree.end();
  return { entries: size, tiles };
}

/** Whether a tile is the partial one that the tree of `size` leaves ends with. */
const isLast = ({ level, index, width }: TileId, size: number) => hashesAt(level, size) === index * tileWidth + width;

/** The entries of the next bundles. */
async function readLeaves(files: LogFiles, from: number, size: number): Promise<Uint8Array[]> {
  const first = from / tileWidth;
  const count = Math.min(window, Math.ceil(size / tileWidth) - first);
  const bundles = Array.from({ length: count }, (_, n) => readBundle(files, first + n, size));
  return (await Promise.all(bundles)).flat();
}

async function readBundle(files: LogFiles, index: number, size: number): Promise<Uint8Array[]> {
  const width = Math.min(tileWidth, size - index * tileWidth);
  const path = (width: number) => entriesPath(index, width);
  const entries = entriesOf(await partOrWhole(files, path, width), path(width));
  if (entries.length < width) throw invalid(`${path(width)} holds ${entries.length} entries`);
  return entries.slice(0, width);
}

function entriesOf(bundle: Uint8Array, path: string): Uint8Array[] {
  try {
    return decodeEntries(bundle);
  } catch (error) {
    throw invalid(`${path}: ${(error as Error).message}`);
  }
}

async function compare(files: LogFiles, { level, index, width, bytes }: Tile): Promise<void> {
  const path = (width: number) => tilePath(level, index, width);
  const served = await partOrWhole(files, path, width);
  const whole = served.length === width * hashLength || served.length === tileWidth * hashLength;
  if (!whole || !sameBytes(served.subarray(0, bytes.length), bytes))
    throw invalid(`${path(width)} is not what the entries give`);
}

/** A partial file may have given way to the full one since the checkpoint was signed. */
async function partOrWhole(files: LogFiles, path: (width: number) => string, width: number): Promise<Uint8Array> {
  try {
    return await files.read(path(width));
  } catch (error) {
    if (width === tileWidth || !(error instanceof Failure && error.code === 'not-found')) throw error;
    return files.read(path(tileWidth));
  }
}

/** The tree as the entries give it, and the claims that are not met yet. */
function recomputed(claims: readonly Claim[]) {
  const open = claims.toSorted((a, b) => a.size - b.size);
  let frontier: Uint8Array[] = [];
  let size = 0;
  let met = 0;

  function meet(root: Uint8Array): void {
    for (; open[met]?.size === size; met++) {
      const { by, root: claimed } = open[met]!;
      if (!sameBytes(claimed, root)) throw invalid(`${by} has another root than the first ${size} entries give`);
    }
  }

  meet(rootOf([], 0));
  return {
    size: () => size,
    append(leaves: readonly Uint8Array[]): void {
      const start = size;
      const end = start + leaves.length;
      while (size < end) {
        const next = Math.min(open[met]?.size ?? end, end);
        const grown = appendLeaves(frontier, size, leaves.slice(size - start, next - start));
        frontier = grown.frontier;
        size = next;
        meet(grown.root);
      }
    },
    end(): void {
      const beyond = open[met];
      if (beyond) throw invalid(`${beyond.by} is about ${beyond.size} entries, the log has ${size}`);
    },
  };
}
