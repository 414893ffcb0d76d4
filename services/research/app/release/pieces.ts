import type { Recorded, SealedAppend } from '../../../../kernel/eventstore/sealed.ts';
import type { ResearchEvent } from '../../domain/event.ts';
import type { PieceStored } from '../../domain/registration.ts';
import type { ResearchLog } from '../log.ts';

/** Bytes of a piece: in base64 and sealed it stays below 1 MB, as every event should. */
const size = 512 * 1024;
/** Pieces read at a time. */
const page = 8;

/** Files that are kept in the event store, in pieces, sealed for an owner whose key can be destroyed. */
export interface Pieces {
  /** Stores the files one after the other on a new stream. Whether they count is for an event to say that names them. */
  store(stream: string, owner: string, files: Iterable<readonly [name: string, bytes: Uint8Array]>): Promise<void>;
  /** A file's bytes; nothing where it is not there. Throws Failure `deleted` where the owner's key is destroyed. */
  read(stream: string, file: string): AsyncIterable<Uint8Array>;
}

export function pieces(log: ResearchLog): Pieces {
  return {
    async store(stream, owner, files) {
      let expected = 0;
      for (const [file, bytes] of files)
        for (const event of piecesOf(file, bytes)) {
          await log.append([{ stream, expected, owner, events: [event] }]);
          expected += 1;
        }
    },
    async *read(stream, file) {
      for (let from = 1, found = false; ; from += page) {
        const events = (await log.read(stream, { from, limit: page })) as Recorded<PieceStored>[];
        for (const { event } of events) {
          if (event.file === file) yield Buffer.from(event.bytes, 'base64');
          else if (found) return;
          found ||= event.file === file;
        }
        if (events.length < page) return;
      }
    },
  };
}

/** Small files, to be appended with something else or not at all. */
export function appended(
  stream: string,
  expected: number,
  owner: string,
  files: Iterable<readonly [name: string, bytes: Uint8Array]>,
): SealedAppend<ResearchEvent> {
  return { stream, expected, owner, events: [...files].flatMap(([file, bytes]) => [...piecesOf(file, bytes)]) };
}

function* piecesOf(file: string, bytes: Uint8Array): Iterable<PieceStored> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let from = 0; from < all.length || from === 0; from += size)
    yield { type: 'PieceStored', file, bytes: all.subarray(from, from + size).toString('base64') };
}

/** The whole of a file that is small enough. */
export async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const piece of bytes) found.push(piece);
  return Buffer.concat(found);
}
