import type { AnyBulkWriteOperation, Filter } from 'mongodb';
import type { Find, ViewDocument, ViewWrite } from './port.ts';

/** A view document; a null body is a tombstone, which keeps the version guard. */
export interface StoredDocument {
  _id: string;
  version: number;
  sort: number;
  /** `<key>\0<value>` for each value of each key: one multikey index serves every question. */
  keys: string[];
  body: Buffer | null;
}

const pair = (key: string, value: string) => `${key}\0${value}`;

export function stored(write: ViewWrite): StoredDocument {
  if (write.deleted) return { _id: write.id, version: write.version, sort: 0, keys: [], body: null };
  const { id, version, sort, keys, body } = write;
  const pairs = Object.entries(keys).flatMap(([key, values]) => [values].flat().map((value) => pair(key, value)));
  return { _id: id, version, sort, keys: [...new Set(pairs)], body: Buffer.from(body) };
}

/** Replaces the document where the stored one is older or not there. An aggregation, so that it never fails on `_id`. */
export function guarded(write: ViewWrite): AnyBulkWriteOperation<StoredDocument> {
  const isNewer = { $lt: [{ $ifNull: ['$version', -1] }, write.version] };
  const newest = { $cond: [isNewer, { $literal: stored(write) }, '$$ROOT'] };
  return { updateOne: { filter: { _id: write.id }, update: [{ $replaceWith: newest }], upsert: true } };
}

export function viewDocument({ _id, version, sort, keys, body }: StoredDocument): ViewDocument {
  const byKey = Map.groupBy(
    keys.map((each) => each.split(/\0(.*)/s) as [string, string]),
    ([key]) => key,
  );
  const entries = [...byKey].map(([key, pairs]) => {
    const values = pairs.map(([, value]) => value);
    return [key, values.length === 1 ? values[0]! : values] as const;
  });
  return { id: _id, version, sort, keys: Object.fromEntries(entries), body: body! };
}

/** `count`'s condition as a filter. Throws where there is none. */
export function filterOf(where: Find['where']): Filter<StoredDocument> {
  const [first, ...others] = Object.entries(where).map(([key, value]) => pair(key, value));
  if (first === undefined) throw new Error('find needs at least one key');
  return { keys: others.length > 0 ? { $all: [first, ...others] } : first };
}

/**
 * `find` as filters, whose answers together are its answer in order: what stands beside the last document of the page
 * before, then what stands beyond. Each is one range of the index.
 */
export function rangesOf({ where, from, to, after, descending }: Find): Filter<StoredDocument>[] {
  const filter = filterOf(where);
  // not `$lte`, which SecantusDB takes for `$lt` inside a compound index; to MongoDB it is the same
  const bounds = { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $not: { $gt: to } }) };
  if (!after) return [Object.keys(bounds).length > 0 ? { ...filter, sort: bounds } : filter];
  const beyond = descending ? '$lt' : '$gt';
  const { sort: at, id } = after;
  const inside = (from ?? at) <= at && at <= (to ?? at);
  const beside = { ...filter, sort: at, _id: { [beyond]: id } } as Filter<StoredDocument>;
  const rest = { ...filter, sort: { ...bounds, [beyond]: at } };
  return inside ? [beside, rest] : [rest];
}
