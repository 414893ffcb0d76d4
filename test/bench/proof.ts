import { createHash } from 'node:crypto';
import { leafHash } from '../../kernel/merkle/hash.ts';
import { hashOfRange } from '../../kernel/merkle/nodes.ts';
import { inclusionProof, verifyInclusion } from '../../kernel/merkle/proof.ts';
import { growTiles, nodesInTiles, type TileReader } from '../../kernel/merkle/tileHashes.ts';
import { tilePath } from '../../kernel/merkle/tiles.ts';
import { type Bench, percentile } from './figures.ts';

const size = 1_000_000;
const proofs = 1_000;

/** Inclusion proofs in a log of a million entries: how long, and how long each takes to make of tiles and to verify. */
export const bench: Bench = async (report) => {
  const tiles = millionLeaves();
  const node = nodesInTiles(size, tiles);
  const root = hashOfRange([0, size], node);
  const [made, verified, bytes]: number[][] = [[], [], []];
  for (let n = 0; n < proofs; n++) {
    const index = (n * 999_983) % size;
    const [path, making] = timed(() => inclusionProof(index, size, node));
    const [holds, verifying] = timed(() => verifyInclusion(path, index, size, leafHash(entry(index)), root));
    if (!holds) throw new Error(`the proof of entry ${index} does not hold`);
    made!.push(making);
    verified!.push(verifying);
    bytes!.push(path.reduce((sum, hash) => sum + hash.length, 0));
  }
  const context = { leaves: size, proofs };
  report({
    figure: 'path at a million leaves, longest',
    value: Math.max(...bytes!),
    unit: 'bytes',
    goal: { atMost: 1_024 },
    context,
  });
  report({ figure: 'verified, p99', value: percentile(verified!, 99), unit: 'ms', goal: { atMost: 1 }, context });
  report({ figure: 'made of tiles, p99', value: percentile(made!, 99), unit: 'ms', context });
};

const entry = (index: number) => createHash('sha256').update(String(index)).digest();

function millionLeaves(): TileReader {
  const tiles = new Map<string, Uint8Array>();
  const read: TileReader = ({ level, index, width }) => tiles.get(tilePath(level, index, width))!;
  const batch = 10_000;
  for (let from = 0; from < size; from += batch) {
    const leaves = Array.from({ length: batch }, (_, at) => leafHash(entry(from + at)));
    for (const { level, index, width, bytes } of growTiles(from, leaves, read))
      tiles.set(tilePath(level, index, width), bytes);
  }
  return read;
}

function timed<T>(work: () => T): [result: T, milliseconds: number] {
  const started = performance.now();
  const result = work();
  return [result, performance.now() - started];
}
