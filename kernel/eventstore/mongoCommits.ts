import type { Collection, Db } from 'mongodb';
import type { Append, Commit, NewEvent, StoredEvent } from './port.ts';

/** One append to one stream. */
export interface CommitDocument {
  /** `<stream>@<first>`: so a lost race is a duplicate key. */
  _id: string;
  stream: string;
  /** Versions of its first and last event. */
  first: number;
  last: number;
  /** `_id` of the commit before it in the stream; none before the first. */
  previous?: string;
  /** Its place among the commits of one append to several streams. */
  group?: { id: string; index: number; size: number };
  events: NewEvent[];
  /** Until the sequencer gave it its position. */
  pending?: true;
  position?: number;
}

/** A commit without its events, as the sequencer sees it. */
export type CommitHead = Omit<CommitDocument, 'events'>;
export const headOnly = { events: 0 };

export const commitsOf = (db: Db): Collection<CommitDocument> => db.collection<CommitDocument>('commits');

export async function createIndexes(commits: Collection<CommitDocument>): Promise<void> {
  await commits.createIndexes([
    { key: { stream: 1, last: 1 }, unique: true, name: 'by_stream' },
    { key: { position: 1 }, unique: true, sparse: true, name: 'by_position' },
    { key: { pending: 1 }, sparse: true, name: 'pending' },
  ]);
}

export const commitId = (stream: string, first: number) => `${stream}@${first}`;

export function document(append: Append, group?: CommitDocument['group']): CommitDocument {
  const { stream, expected, events } = append;
  const first = expected + 1;
  const stored = events.map(({ id, type, at, owner, trace, data }) => {
    return { id, type, at, owner, ...(trace && { trace }), data: Buffer.from(data) };
  });
  const _id = commitId(stream, first);
  return { _id, stream, first, last: expected + events.length, ...(group && { group }), pending: true, events: stored };
}

export function storedEvents({ stream, first, events }: CommitDocument): StoredEvent[] {
  return events.map((event, index) => ({ ...event, stream, version: first + index }));
}

/** A commit that is not sequenced yet is at position 0. */
export function commit(stored: CommitDocument): Commit {
  return { position: stored.position ?? 0, stream: stored.stream, events: storedEvents(stored) };
}
