import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../kernel/errors.ts';
import type { Chain } from '../../kernel/ledger/chain.ts';
import { decodeBase64, encodeBase64 } from '../../kernel/merkle/base64.ts';
import { parseCheckpoint } from '../../kernel/merkle/checkpoint.ts';
import { nameOf, openNote } from '../../kernel/merkle/note.ts';
import type { BatchAnchored, CheckpointPublished } from '../../services/audit/domain/event.ts';
import { openReadOnly } from '../readOnly.ts';
import { type Sequence, sequenceIn, storedEvents, viewedEvents } from './auditStore.ts';
import { invalid } from './invalid.ts';
import { type Anchor, type LedgerContent, verifyLedger } from './ledger.ts';
import { verifyLog } from './log.ts';
import { keysIn, type Sealed, verifySealed } from './sealed.ts';
import { storedFiles, storedSize } from './tileStore.ts';

export interface VerifiedFolder {
  ledger: Chain;
  log: {
    /** The checkpoints' origin and newest key; absent where there is no checkpoint. */
    origin?: string;
    vkey?: string;
    /** How many entries have their place; are in tiles; under a checkpoint; in linked batches on the ledger. */
    sequenced: number;
    integrated: number;
    published: number;
    anchored: number;
    batches: number;
    checkpoints: number;
    tiles: number;
  };
  /** Absent where there is no key file, or a running platform holds it. */
  sealed?: Sealed;
}

/** Runs work that verifies so many entries, and is told how far it is. */
type Watched = <T>(entries: number, work: (advance: (entries: number) => void) => Promise<T>) => Promise<T>;

interface Stores {
  views: DatabaseSync;
  store: DatabaseSync;
  ledger: string;
  keys: string;
}

/**
 * Verifies the data folder of an embedded platform: the ledger; the audit log's batches from their entries; and by
 * them every anchor on the ledger, every checkpoint that was signed, and every tile; of a stopped platform also what
 * the entries commit to, as far as the key file opens it. Reads only.
 * @param vkey the log's key; without it, those that the ledger's registry names
 * @throws Failure `invalid` that says where the first difference is
 */
export async function verifyFolder(
  folder: string,
  vkey: string | undefined,
  watched: Watched,
): Promise<VerifiedFolder> {
  const views = openReadOnly(fileIn(folder, 'audit.views.db'));
  const store = openReadOnly(fileIn(folder, 'audit.db'));
  try {
    const files = { ledger: fileIn(folder, 'ledger.db'), keys: join(folder, 'keys.db') };
    return await verifyStores({ views, store, ...files }, vkey, watched);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw invalid(`the data folder is damaged: ${(error as Error).message}`);
  } finally {
    views.close();
    store.close();
  }
}

function fileIn(folder: string, name: string): string {
  const file = join(folder, name);
  if (!existsSync(file)) throw new Failure('not-found', `"${folder}" is no data folder: it has no ${name}.`);
  return file;
}

/** SQLite's own structures: pages, indexes. */
function requireIntact(db: DatabaseSync): void {
  const { integrity_check: found } = db.prepare('PRAGMA integrity_check(1)').get()!;
  if (found !== 'ok') throw invalid(`the data folder is damaged: ${found}`);
}

async function verifyStores(stores: Stores, vkey: string | undefined, watched: Watched): Promise<VerifiedFolder> {
  const { views, store } = stores;
  for (const db of [views, store]) requireIntact(db);
  // A platform that runs writes batches before tiles and checkpoints, and what it says of the ledger after the ledger:
  // so each is read before what it must be found in.
  const integrated = storedSize(views);
  const positions = distinct(storedEvents(store, 'BatchAnchored'), viewedEvents(views, 'anchors'));
  const checkpoints = distinct(storedEvents(store, 'CheckpointPublished'), viewedEvents(views, 'checkpoints'));
  const ledger = verifyLedger(stores.ledger);
  const sequence = sequenceIn(store);

  for (const position of positions) checkPosition(position, ledger);
  for (const anchor of ledger.anchors.values()) checkAnchor(anchor, sequence);
  const keys = vkey ? [vkey] : ledger.logs.map((log) => log.vkey);
  for (const checkpoint of checkpoints) await checkCheckpoint(checkpoint, keys, sequence);
  const { tiles } = await watched(integrated, (advance) => verifyTiles(views, integrated, sequence, advance));
  const dataKeys = keysIn(stores.keys);
  const sealed = dataKeys && verifySealed(store, dataKeys, sequence.size);
  const key = checkpoints.length > 0 ? keys.at(-1)! : undefined;
  const log = {
    ...(key && { origin: nameOf(key), vkey: key }),
    sequenced: sequence.size,
    integrated,
    published: checkpoints.reduce((most, { size }) => Math.max(most, size), 0),
    anchored: ledger.anchors.get(ledger.linked)?.size ?? 0,
    batches: ledger.anchors.size,
    checkpoints: new Set(checkpoints.map(({ size }) => size)).size,
    tiles,
  };
  return { ledger: ledger.chain, log, ...(sealed && { sealed }) };
}

/** Events and views say the same, where nothing is damaged: each statement once. */
function distinct<T>(...statements: Iterable<T>[]): T[] {
  const each = statements.flatMap((some) => [...some]);
  return [...new Map(each.map((statement) => [JSON.stringify(statement), statement])).values()];
}

/** What the audit service says of the ledger must be there: proofs state it. */
function checkPosition(position: BatchAnchored, { anchors }: LedgerContent): void {
  const { batch, start, size, root, transaction, block } = position;
  const found = anchors.get(batch);
  const same = found?.start === start && found.size === size && found.root === root;
  if (same && found.transactions.some((each) => each.transaction === transaction && each.block === block)) return;
  throw invalid(`the ledger does not have batch ${batch} where the audit service says it is`);
}

function checkAnchor({ batch, start, root }: Anchor, { batches }: Sequence): void {
  const sequenced = batches.get(batch);
  if (sequenced?.start === start && sequenced.root === root) return;
  throw invalid(`batch ${batch} on the ledger is not the one that was sequenced`);
}

async function checkCheckpoint(stated: CheckpointPublished, keys: string[], { batches }: Sequence): Promise<void> {
  if (keys.length === 0) throw new Failure('required', 'The ledger does not name the log’s key; give it with --vkey.');
  const { origin, size, root } = parseCheckpoint(await openNote(stated.note, keys));
  const named = keys.some((key) => nameOf(key) === origin);
  const span = batches.get(stated.batch);
  const same = span?.start === stated.start && [size, stated.size].every((each) => each === span.size);
  if (!named || !same || [encodeBase64(root), stated.root].some((each) => each !== span.root))
    throw invalid(`the checkpoint of batch ${stated.batch} is not of the log that was sequenced`);
}

function verifyTiles(views: DatabaseSync, size: number, { batches }: Sequence, advance: (entries: number) => void) {
  const spans = [...batches.values()].filter((span) => span.size <= size);
  if (spans.at(-1)!.size !== size) throw invalid('the tiles do not end where a batch does');
  const claims = spans.map((span) => ({ size: span.size, root: decodeBase64(span.root)!, by: `batch ${span.batch}` }));
  return verifyLog(storedFiles(views), size, claims, advance);
}
