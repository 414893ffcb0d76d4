/**
 * The event store of one service. Adapters: `sqlite.ts` (embedded), MongoDB (distributed); `conformance.ts` holds both
 * to this text. It stores opaque bytes: sealing is `sealed.ts`'s subject, one storey up.
 */
export interface NewEvent {
  /** UUID, of its time and at random; stays the id of the public event made of it. */
  id: string;
  /** Event type, in the clear: a literal of the domain's union, never patient data. */
  type: string;
  /** When it was decided, milliseconds since the epoch. */
  at: number;
  /** Whose key seals `data`: a patient id, or `organization/<id>`; empty where `data` is not sealed. */
  owner: string;
  /** What was done when it was decided, in W3C's words: a `traceparent`. Random ids; only where spans are exported. */
  trace?: string;
  data: Uint8Array;
}

export interface StoredEvent extends NewEvent {
  stream: string;
  /** 1-based, consecutive within the stream. */
  version: number;
}

/** The events of one append to one stream. */
export interface Commit {
  /** Consecutive over the whole store, from 1, without gaps; the order in which consumers see commits. */
  position: number;
  stream: string;
  events: StoredEvent[];
}

export interface Append {
  stream: string;
  /** The stream's version that the caller decided on; 0: the stream must not exist. */
  expected: number;
  /** At least one. */
  events: NewEvent[];
}

export interface ReadOptions {
  /** First version wanted; default 1. */
  from?: number;
  /** At most so many events; default all. */
  limit?: number;
}

export interface EventStore {
  /**
   * Appends to one or several different streams: all or nothing, durable (synced) when it resolves.
   * @returns the commits in the order of `appends`. In a store that sequences later (MongoDB) `position` is 0 here.
   * @throws WrongVersion where any stream is not at its expected version; nothing is written then
   */
  append(appends: Append[]): Promise<Commit[]>;

  /** The stream's events in version order; empty for a stream that does not exist. Sees every acknowledged append. */
  read(stream: string, options?: ReadOptions): Promise<StoredEvent[]>;

  /** The stream's newest event, or undefined. Sees every acknowledged append. */
  last(stream: string): Promise<StoredEvent | undefined>;

  /** The stream's head version, 0 if there is none; linearizable: an error rather than a stale answer. */
  version(stream: string): Promise<number>;

  /** Commits with a position greater than `after`, in order, at most `limit`. A position once read never changes. */
  readAll(after: number, limit: number): Promise<Commit[]>;

  /** Resolves once every append that was acknowledged before the call has its position. */
  sequenced(): Promise<void>;

  /** Calls `listener` soon after something was appended. A wake-up, not a truth: it may come late, twice or not at all. */
  onAppend(listener: () => void): () => void;

  /** A consumer's saved position; 0 if it never saved one. */
  cursor(name: string): Promise<number>;

  /** Saves a consumer's position, after its effect is durable. Going back is allowed (a rebuild). */
  saveCursor(name: string, position: number): Promise<void>;

  /**
   * Takes a lease, or keeps it where it is asked for again in time (`lapsesAfter`): one holder at a time is told true.
   * One that was paused may believe for a moment longer that it has it.
   */
  lease(name: string, holder: string): Promise<boolean>;

  /** Lets go of a lease: whoever asks next has it. */
  release(name: string, holder: string): Promise<void>;

  /** Waits for appends in flight, then closes. */
  close(): Promise<void>;
}
