import { createHash } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { formatAnchored } from '../../kernel/merkle/anchored.ts';
import { encodeBase64 } from '../../kernel/merkle/base64.ts';
import { formatCheckpoint } from '../../kernel/merkle/checkpoint.ts';
import { encodeEntries } from '../../kernel/merkle/entries.ts';
import { appendLeaves } from '../../kernel/merkle/frontier.ts';
import { leafHash } from '../../kernel/merkle/hash.ts';
import { noteSigner } from '../../kernel/merkle/note.ts';
import { inclusionProof } from '../../kernel/merkle/proof.ts';
import { growTiles, nodesInTiles } from '../../kernel/merkle/tileHashes.ts';
import { entriesPath, type TileId, tilePath, tileWidth } from '../../kernel/merkle/tiles.ts';
import { EventType, PublicEventSchema } from '../../proto/gen/healthchain/event/v1/event_pb.ts';

const sha256 = (...parts: Uint8Array[]) => new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());

const salt = (index: number) => sha256(Buffer.from(`salt ${index}`));

function event(index: number): Uint8Array {
  return toBinary(
    PublicEventSchema,
    create(PublicEventSchema, {
      id: `event-${index}`,
      type: EventType.ACCESS_RECORDED,
      occurredAt: timestampFromDate(new Date('2026-01-02T03:04:05Z')),
      source: 'records',
      streamKey: 'ab'.repeat(32),
    }),
  );
}

/** The commitments of a log's first `count` entries. */
export const commitments = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => sha256(salt(index), event(index)));

const origin = 'example.com/log';
const signer = await noteSigner(origin, new Uint8Array(32).fill(7));

export const rootAt = (size: number): Uint8Array => appendLeaves([], 0, commitments(size).map(leafHash)).root;

/** A log with a key of its own, of as many entries as are asked for. */
export const theLog = {
  origin,
  vkey: signer.vkey,
  checkpoint: (size: number) => signer.sign(formatCheckpoint({ origin, size, root: rootAt(size) })),
};

const tileOf = (tile: TileId) => tilePath(tile.level, tile.index, tile.width);

function tilesAt(size: number): Map<string, Uint8Array> {
  const tiles = growTiles(0, commitments(size).map(leafHash), () => new Uint8Array());
  return new Map(tiles.map((tile) => [tileOf(tile), tile.bytes]));
}

/** The tiles and entry bundles of the log, by path. */
export function filesOf(size: number): Map<string, Uint8Array> {
  const files = tilesAt(size);
  const entries = commitments(size);
  for (let at = 0; at < size; at += tileWidth) {
    const bundle = entries.slice(at, at + tileWidth);
    files.set(entriesPath(at / tileWidth, bundle.length), encodeEntries(bundle));
  }
  return files;
}

/** The proof file of an entry in a batch that took the log from 4 entries to 300. */
export async function proofOf(index: number) {
  const [start, size] = [4, 300];
  const tiles = tilesAt(size);
  const node = nodesInTiles(size, (tile) => tiles.get(tileOf(tile))!);
  const position = { batch: 2, transaction: 'a'.repeat(64), block: 9, start, size, root: rootAt(size) };
  return {
    format: 'healthchain.proof.v1',
    vkey: signer.vkey,
    event: encodeBase64(event(index)),
    salt: encodeBase64(salt(index)),
    index,
    path: inclusionProof(index, size, node).map(encodeBase64),
    checkpoint: await theLog.checkpoint(size),
    ledger: { ...position, root: encodeBase64(position.root) },
    anchored: await signer.sign(formatAnchored(origin, position)),
  };
}
