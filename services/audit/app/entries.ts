import { fromBinary } from '@bufbuild/protobuf';
import { Failure } from '../../../kernel/errors.ts';
import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import {
  type AuditDetail,
  AuditDetailSchema,
  type PublicEvent,
  PublicEventSchema,
} from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { EntriesSequenced, LogEvent, SequencedEntry } from '../domain/event.ts';
import type { Concerned } from '../domain/trail.ts';
import { placeOfGroup } from './groups.ts';
import type { Place } from './views.ts';

/** An entry of the log with what it commits to. */
export interface OpenedEntry {
  sequenced: SequencedEntry;
  event: PublicEvent;
  detail: AuditDetail;
}

/** Opens entries; undefined where every owner's key has been destroyed. */
export type EntryOpener = (place: Place) => Promise<OpenedEntry | undefined>;

/** An opener for one request: groups that it opened once it keeps, and no longer. */
export function entryOpener(log: SealedStore<LogEvent>): EntryOpener {
  const groups = new Map<string, Promise<SequencedEntry[]>>();

  function group(batch: number, number: number): Promise<SequencedEntry[]> {
    const name = `${batch}/${number}`;
    const opened = groups.get(name) ?? readGroup(log, batch, number);
    groups.set(name, opened);
    return opened;
  }

  return async ({ batch, at, groups: ordinals }) => {
    for (const ordinal of ordinals) {
      const entries = await group(batch, ordinal);
      const sequenced = entries.find((entry) => entry.at === at);
      if (sequenced) return { sequenced, ...decoded(sequenced) };
    }
    return undefined;
  };
}

/** A group's entries; none where its owner was erased. */
async function readGroup(log: SealedStore<LogEvent>, batch: number, number: number): Promise<SequencedEntry[]> {
  const { stream, version } = placeOfGroup(batch, number);
  try {
    const recorded = await log.read(stream, { from: version, limit: 1 });
    return recorded.flatMap(({ event }) => (event as EntriesSequenced).entries);
  } catch (error) {
    if (error instanceof Failure && error.code === 'deleted') return [];
    throw error;
  }
}

const decoded = ({ event, detail }: SequencedEntry) => ({
  event: fromBinary(PublicEventSchema, Buffer.from(event, 'base64')),
  detail: fromBinary(AuditDetailSchema, Buffer.from(detail, 'base64')),
});

/** What an entry is about. */
export const concernedBy = ({ detail }: OpenedEntry): Concerned => ({
  patients: detail.patients,
  acting: detail.agent?.organization ?? '',
  custodian: detail.custodian,
});
