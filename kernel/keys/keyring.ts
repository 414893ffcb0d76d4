import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { ServiceName } from '../bus/port.ts';
import type { Clock, Ids } from '../clock.ts';
import { Failure, WrongVersion } from '../errors.ts';
import type { EventStore } from '../eventstore/port.ts';
import { open, seal } from './aead.ts';
import { lru } from './lru.ts';
import type { KeyService } from './port.ts';

/** An owner's data key, unwrapped. Synchronous; AES-256-GCM: nonce (12) ‖ ciphertext ‖ tag (16). */
export interface DataKey {
  /** @throws Failure `deleted` once this process destroyed the key */
  seal(plain: Uint8Array, aad: string): Uint8Array;
  /** @throws Failure `deleted` as above; `exception` where the bytes or the associated data are not those that were sealed */
  open(sealed: Uint8Array, aad: string): Uint8Array;
}

export interface Keyring {
  /** The owner's data key, cached; the key service is asked before each use whether it still stands. Throws Failure `not-found`, `deleted`. */
  key(owner: string): Promise<DataKey>;
  /** As `key`, and makes the key on first use. Racing callers get one key. Throws Failure `deleted` after destruction. */
  ensure(owner: string): Promise<DataKey>;
  /** Destroys the owner's wrapping key for this service: nothing sealed for the owner opens again. Idempotent. */
  destroy(owner: string): Promise<void>;
  /** Keyed hash of `text` (HMAC-SHA-256 under a secret of the service, RFC 2104), 64 hex digits: blind indexes, stream keys. */
  mac(text: string): string;
}

interface Parts {
  service: ServiceName;
  keys: KeyService;
  store: EventStore;
  ids: Ids;
  clock: Clock;
}

/** Streams that hold wrapped data keys start so; no domain event is on them. */
export const keyStreams = 'key/';

/** Data keys held unwrapped in memory at most; about 400 bytes each. */
const cached = 10_000;

/**
 * The data keys of one service, one per owner. A wrapped data key is the event `DataKeyCreated` on stream
 * `key/<owner>` of the service's own store; the key that wraps it, `<service>/<owner>`, never leaves the key service.
 */
export async function openKeyring(parts: Parts): Promise<Keyring> {
  const { keys, service } = parts;
  const secret = createSecretKey(await keys.secret(`${service}/mac`, () => parts.ids.bytes(32)));
  const unwrapped = lru<Held>(cached);
  const making = new Map<string, Promise<DataKey>>();
  const nameOf = (owner: string) => `${service}/${owner}`;

  async function held(owner: string): Promise<DataKey | undefined> {
    const found = unwrapped.get(owner);
    if (!found || (await keys.exists(nameOf(owner)))) return found?.key;
    unwrapped.delete(owner);
    found.forget();
    throw gone();
  }

  async function load(owner: string): Promise<DataKey | undefined> {
    const event = await parts.store.last(`${keyStreams}${owner}`);
    if (!event) return undefined;
    const made = hold(await unwrap(keys, nameOf(owner), event.data));
    unwrapped.set(owner, made);
    return made.key;
  }

  async function make(owner: string): Promise<DataKey> {
    const stored = await load(owner);
    if (stored) return stored;
    await keys.create(nameOf(owner));
    const wrapped = await keys.wrap(nameOf(owner), parts.ids.bytes(32));
    const event = { id: parts.ids.uuid(), type: 'DataKeyCreated', at: parts.clock.now(), owner: '', data: wrapped };
    try {
      await parts.store.append([{ stream: `${keyStreams}${owner}`, expected: 0, events: [event] }]);
    } catch (error) {
      if (!(error instanceof WrongVersion)) throw error; // else another process made the key: read that one
    }
    return (await load(owner))!;
  }

  return {
    async key(owner) {
      const key = (await held(owner)) ?? (await load(owner));
      if (!key) throw new Failure('not-found', 'Nothing has been sealed for this owner.');
      return key;
    },
    async ensure(owner) {
      const key = await held(owner);
      if (key) return key;
      const underway = making.get(owner) ?? make(owner).finally(() => making.delete(owner));
      making.set(owner, underway);
      return underway;
    },
    async destroy(owner) {
      await keys.destroy(nameOf(owner));
      unwrapped.get(owner)?.forget();
      unwrapped.delete(owner);
    },
    mac: (text) => createHmac('sha256', secret).update(text).digest('hex'),
  };
}

const gone = () => new Failure('deleted', 'This data was erased: its key has been destroyed.');

async function unwrap(keys: KeyService, name: string, wrapped: Uint8Array): Promise<Uint8Array> {
  try {
    return await keys.unwrap(name, wrapped);
  } catch (error) {
    if (error instanceof Failure && error.code === 'deleted') throw gone();
    if (error instanceof Failure && (error.code === 'not-found' || error.code === 'invalid'))
      throw new Failure('unavailable', 'The key service does not belong to this data: check the key file.', {
        cause: error,
      });
    throw error;
  }
}

interface Held {
  key: DataKey;
  /** Lets the key go: those who still hold the DataKey can use it no more. */
  forget(): void;
}

function hold(raw: Uint8Array): Held {
  let kept: KeyObject | undefined = createSecretKey(raw);
  raw.fill(0);
  const alive = () => {
    if (!kept) throw gone();
    return kept;
  };
  return {
    key: {
      seal: (plain, aad) => seal(alive(), plain, aad),
      open(sealed, aad) {
        const key = alive();
        try {
          return open(key, sealed, aad);
        } catch (cause) {
          throw new Failure('exception', 'Stored data failed its integrity check.', { cause });
        }
      },
    },
    forget() {
      kept = undefined;
    },
  };
}
