/**
 * Views: documents derived from events, rebuildable at any time. Adapters: `sqlite.ts`, MongoDB; one `conformance.ts`.
 * Bodies are opaque (sealed by the projection where they name or describe a person); keys are in the clear, so they
 * hold random ids, keyed hashes and codes of our own only.
 */
export interface ViewDocument {
  id: string;
  /** Grows with every change of this document; guards against an older write arriving later. */
  version: number;
  /** Equality keys; a document may have several values for one key. */
  keys: Record<string, string | string[]>;
  /** Orders `find`'s answers (usually a time or a position). */
  sort: number;
  body: Uint8Array;
}

/** Puts a document, or with `deleted` leaves a tombstone that keeps the version guard. */
export type ViewWrite =
  | ({ collection: string; deleted?: false } & ViewDocument)
  | { collection: string; deleted: true; id: string; version: number };

export interface Find {
  /** Key and value that the documents must have. All of them must hold. At least one. */
  where: Record<string, string>;
  /** Bounds on `sort`, both inclusive. */
  from?: number;
  to?: number;
  descending?: boolean;
  /** Continue after this document, in the order (sort, id). */
  after?: { sort: number; id: string };
  limit?: number;
  /** The caller does not look at the documents' keys: they may come without. */
  keyless?: boolean;
}

/** How many documents there are, and the sum of their versions. */
export interface Tally {
  documents: number;
  versions: number;
}

export interface Views {
  /** Whether other processes write the same views. */
  isShared: boolean;
  /**
   * Applies writes in one transaction; each is skipped where the stored version is the same or newer.
   * Need not survive a power loss: what is lost is applied again from the events.
   */
  apply(writes: ViewWrite[]): Promise<void>;
  get(collection: string, id: string): Promise<ViewDocument | undefined>;
  /** Those of the ids that have a document. Some hundred a call at most. */
  existing(collection: string, ids: readonly string[]): Promise<Set<string>>;
  /** In the order (sort, id), or its reverse. */
  find(collection: string, find: Find): Promise<ViewDocument[]>;
  count(collection: string, where: Record<string, string>): Promise<number>;
  /** Of the documents that `count` counts; it is another after any of them has changed. */
  tally(collection: string, where: Record<string, string>): Promise<Tally>;
  /** Removes all documents of a collection and their tombstones. */
  clear(collection: string): Promise<void>;
  /** The position up to which all commits are surely applied; saved with the documents, so it is never ahead of them. */
  position(): Promise<number>;
  savePosition(position: number): Promise<void>;
  close(): Promise<void>;
}
