import type { DatabaseSync } from 'node:sqlite';
import { decodeBase64, encodeBase64 } from '../../kernel/merkle/base64.ts';
import { emptyRoot, hashLength } from '../../kernel/merkle/hash.ts';
import type { BatchAnchored, BatchSequenced, CheckpointPublished } from '../../services/audit/domain/event.ts';
import { joined, type Span, spanOf } from './batch.ts';
import { invalid } from './invalid.ts';

/** The log as it was sequenced: its batches by number; batch 0 is the empty log. */
export interface Sequence {
  batches: ReadonlyMap<number, Span>;
  size: number;
}

/** What the audit service says in the clear of its log, in events and, the same, in views. */
type Stated = BatchSequenced | CheckpointPublished | BatchAnchored;

/** The events of a type in the audit service's event store, oldest first. */
export function* storedEvents<T extends Stated['type']>(store: DatabaseSync, type: T) {
  const rows = store.prepare("SELECT data FROM events WHERE type = ? AND owner = '' ORDER BY position, version");
  for (const { data } of rows.iterate(type)) yield parsed(data, type) as Extract<Stated, { type: T }>;
}

/** The same events as the views keep them. */
export function* viewedEvents<T extends 'checkpoints' | 'anchors'>(views: DatabaseSync, collection: T) {
  const rows = views.prepare('SELECT body FROM documents WHERE collection = ? AND body IS NOT NULL ORDER BY sort');
  const type = ({ checkpoints: 'CheckpointPublished', anchors: 'BatchAnchored' } as const)[collection];
  type Event = { checkpoints: CheckpointPublished; anchors: BatchAnchored }[T];
  for (const { body } of rows.iterate(collection)) yield parsed(body, type) as Event;
}

function parsed(bytes: unknown, type: Stated['type']): Stated {
  try {
    const event: Stated = JSON.parse(Buffer.from(bytes as Uint8Array).toString());
    if (event.type === type) return event;
  } catch {} // the same as JSON of something else
  throw invalid(`a ${type} of the audit service is damaged`);
}

/**
 * The batches of the audit service's event store, each recomputed from its entries.
 * @throws Failure `invalid` where one is not what its entries give, or does not begin where the one before ended
 */
export function sequenceIn(store: DatabaseSync): Sequence {
  const spans: Span[] = [];
  for (const { batch, start, frontier, commitments, root } of storedEvents(store, 'BatchSequenced')) {
    const entries = hashesOf(commitments);
    spans.push(spanOf({ batch, start, root, entries, frontier: frontier.flatMap(hashesOf) }, 'the audit service'));
  }
  joined(spans, spans.length, 'the audit service');
  const root = encodeBase64(emptyRoot());
  const empty: Span = { batch: 0, start: 0, size: 0, oldRoot: root, root };
  return { batches: new Map([empty, ...spans].map((span) => [span.batch, span])), size: spans.at(-1)?.size ?? 0 };
}

/** Hashes that stand one after the other in base64. */
function hashesOf(base64: string): Uint8Array[] {
  const bytes = decodeBase64(base64);
  if (!bytes || bytes.length % hashLength > 0) throw invalid('a hash of the audit service is malformed');
  return Array.from({ length: bytes.length / hashLength }, (_, at) =>
    bytes.subarray(at * hashLength, (at + 1) * hashLength),
  );
}
