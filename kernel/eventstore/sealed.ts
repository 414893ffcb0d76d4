import type { ServiceName } from '../bus/port.ts';
import { type Clock, type Ids, timedUuid } from '../clock.ts';
import { undefinedWhereErased } from '../keys/erased.ts';
import { type DataKey, type Keyring, keyStreams } from '../keys/keyring.ts';
import { activeTrace } from '../spans.ts';
import type { Commit, EventStore, NewEvent, ReadOptions, StoredEvent } from './port.ts';

/** A domain event as it was recorded. */
export interface Recorded<E> {
  id: string;
  /** Of its commit in the whole store; 0 in a store that sequences later. */
  position: number;
  stream: string;
  version: number;
  /** Milliseconds since the epoch. */
  at: number;
  owner: string;
  /** `traceparent` of what caused it; only where spans are exported. */
  trace?: string;
  event: E;
}

export interface SealedAppend<E> {
  stream: string;
  /** The stream's version that the caller decided on. */
  expected: number;
  /**
   * Whose key seals the events, or each of them in their order; empty for events without any personal data, which are
   * not sealed.
   */
  owner: string | readonly string[];
  events: E[];
}

/** The event store as services use it: typed events, sealed with their owner's data key before they reach the store. */
export interface SealedStore<E> {
  /** As EventStore.append; flat and in order. Makes the owner's data key on first use. */
  append(appends: SealedAppend<E>[]): Promise<Recorded<E>[]>;
  /** Throws Failure `deleted` where the owner's key is destroyed. */
  read(stream: string, options?: ReadOptions): Promise<Recorded<E>[]>;
  last(stream: string): Promise<Recorded<E> | undefined>;
  version(stream: string): Promise<number>;
  /** The domain events of a commit; those whose key is destroyed are left out, and the keyring's own. */
  open(commit: Commit): Promise<Recorded<E>[]>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * AES-256-GCM per owner; the associated data `<service>/<stream>@<version>` binds a ciphertext to its place, so that
 * none can be moved or swapped.
 */
export function sealedStore<E extends { type: string }>(parts: {
  service: ServiceName;
  store: EventStore;
  keyring: Keyring;
  clock: Clock;
  ids: Ids;
}): SealedStore<E> {
  const { service, store, keyring, clock, ids } = parts;
  const place = (stream: string, version: number) => `${service}/${stream}@${version}`;

  async function sealed({ stream, expected, owner, events }: SealedAppend<E>): Promise<NewEvent[]> {
    const owners = typeof owner === 'string' ? events.map(() => owner) : owner;
    const keys = await keysOf(new Set(owners));
    const at = clock.now();
    const trace = activeTrace();
    return events.map((event, index) => {
      const owner = owners[index]!;
      const plain = encoder.encode(JSON.stringify(event));
      const data = owner === '' ? plain : keys.get(owner)!.seal(plain, place(stream, expected + index + 1));
      return { id: timedUuid(ids.uuid(), at), type: event.type, at, owner, ...(trace && { trace }), data };
    });
  }

  async function keysOf(owners: Set<string>): Promise<Map<string, DataKey>> {
    const named = [...owners].filter((owner) => owner !== '');
    return new Map(await Promise.all(named.map(async (owner) => [owner, await keyring.ensure(owner)] as const)));
  }

  async function opened(stored: StoredEvent, position = 0): Promise<Recorded<E>> {
    const { id, stream, version, at, owner, trace, data } = stored;
    const plain = owner ? (await keyring.key(owner)).open(data, place(stream, version)) : data;
    const event = JSON.parse(decoder.decode(plain));
    return { id, position, stream, version, at, owner, ...(trace && { trace }), event };
  }

  return {
    async append(appends) {
      const events = await Promise.all(appends.map(sealed));
      const commits = await store.append(
        appends.map(({ stream, expected }, index) => ({ stream, expected, events: events[index]! })),
      );
      return commits.flatMap((commit, index) => recorded(commit, appends[index]!.events));
    },
    async read(stream, options) {
      const stored = await store.read(stream, options);
      return Promise.all(stored.map((event) => opened(event)));
    },
    async last(stream) {
      const stored = await store.last(stream);
      return stored && opened(stored);
    },
    version: (stream) => store.version(stream),
    async open(commit) {
      if (commit.stream.startsWith(keyStreams)) return [];
      const open = (stored: StoredEvent) => opened(stored, commit.position).catch(undefinedWhereErased);
      const events = await Promise.all(commit.events.map(open));
      return events.filter((event) => event !== undefined);
    },
  };
}

function recorded<E>(commit: Commit, events: E[]): Recorded<E>[] {
  return commit.events.map(({ id, stream, version, at, owner }, index) => ({
    id,
    position: commit.position,
    stream,
    version,
    at,
    owner,
    event: events[index]!,
  }));
}
