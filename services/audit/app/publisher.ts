import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import type { Recorded, SealedStore } from '../../../kernel/eventstore/sealed.ts';
import { decodeBase64, encodeBase64, sameBytes } from '../../../kernel/merkle/base64.ts';
import { formatCheckpoint } from '../../../kernel/merkle/checkpoint.ts';
import type { NoteSigner } from '../../../kernel/merkle/note.ts';
import { consistencyProof, nodesOfConsistency, verifyConsistency } from '../../../kernel/merkle/proof.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { BatchSequenced, CheckpointPublished, LogEvent } from '../domain/event.ts';
import { emptyLog, sizeAfter } from './batch.ts';
import { loadNodes, rootInTiles } from './tiles.ts';
import { newestCheckpoint } from './views.ts';

export interface Publisher {
  /** Finds the newest checkpoint; signs the empty log where there is none. */
  open(): Promise<void>;
  /** Publishes the batches after the newest checkpoint, in order. Throws where it can not now; the next call tries again. */
  publish(): Promise<void>;
  /** The newest checkpoint that is durable. */
  newest(): CheckpointPublished | undefined;
}

interface Parts {
  log: SealedStore<LogEvent>;
  projector: Projector<LogEvent>;
  views: Views;
  signer: NoteSigner;
  origin: string;
  /** The log has come to harm: nothing more is signed. */
  onProblem(problem: string): void;
}

/** Batches read at a time. */
const page = 50;

/**
 * Signs a checkpoint for each batch, after checking that the tiles give the batch's root and continue the tree that was
 * signed last; the note is stored durably before it is shown to anybody.
 */
export function publisher({ log, projector, views, signer, origin, onProblem }: Parts): Publisher {
  let newest: CheckpointPublished | undefined;
  let refused = false;

  async function sign(batch: number, start: number, size: number, root: Uint8Array): Promise<void> {
    const note = await signer.sign(formatCheckpoint({ origin, size, root }));
    const event: CheckpointPublished = {
      ...{ type: 'CheckpointPublished', batch, start, size, note },
      root: encodeBase64(root),
    };
    const append = { stream: `checkpoint/${batch}`, expected: 0, owner: '', events: [event] };
    try {
      await projector.apply(await log.append([append]));
      newest = event;
    } catch (error) {
      if (!(error instanceof WrongVersion)) throw error;
      await projector.catchUp(); // published already: by an append whose outcome was unknown
      newest = await newestCheckpoint(views);
    }
  }

  /** The tree's root as its tiles give it, where they continue the newest checkpoint; undefined where they do not. */
  async function rootOfTiles(size: number): Promise<Uint8Array | undefined> {
    const last = newest!;
    try {
      const root = await rootInTiles(views, size);
      const node = await loadNodes(views, nodesOfConsistency(last.size, size), size);
      const path = consistencyProof(last.size, size, node);
      return verifyConsistency(path, last.size, decodeBase64(last.root)!, size, root) ? root : undefined;
    } catch (error) {
      if (error instanceof Failure && error.code === 'exception') return undefined; // a tile is missing
      throw error;
    }
  }

  async function publishBatch(batch: BatchSequenced): Promise<void> {
    const size = sizeAfter(batch);
    const root = decodeBase64(batch.root)!;
    const isContinued = async () => {
      const tiles = await rootOfTiles(size);
      return tiles !== undefined && sameBytes(root, tiles);
    };
    // another writer's batch may not have come to its tiles yet
    if ((await isContinued()) || (await projector.catchUp().then(isContinued)))
      return sign(batch.batch, batch.start, size, root);
    refused = true;
    onProblem(`the audit log's tiles do not continue its checkpoint of size ${newest!.size}: nothing more is signed`);
    const refusal = {
      type: 'CheckpointRefused',
      batch: batch.batch,
      size,
      root: batch.root,
      last: newest!.note,
    } as const;
    const stream = `refusal/${batch.batch}`;
    const append = { stream, expected: await log.version(stream), owner: '', events: [refusal] };
    await projector.apply(await log.append([append]));
  }

  async function publish(): Promise<void> {
    for (;;) {
      const batches = await log.read('log', { from: newest!.batch + 1, limit: page });
      for (const { event } of batches as Recorded<BatchSequenced>[]) {
        if (refused) return;
        if (event.batch > newest!.batch) await publishBatch(event); // else another writer has meanwhile
      }
      if (batches.length < page) return;
    }
  }

  return {
    async open() {
      newest = await newestCheckpoint(views);
      if (!newest) await sign(0, 0, 0, emptyLog.root);
    },
    publish,
    newest: () => newest,
  };
}
