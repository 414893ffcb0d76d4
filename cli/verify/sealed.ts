import { createSecretKey, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { open } from '../../kernel/keys/aead.ts';
import { decodeBase64 } from '../../kernel/merkle/base64.ts';
import { hashLength, saltedHash } from '../../kernel/merkle/hash.ts';
import type { EntriesSequenced, SequencedEntry } from '../../services/audit/domain/event.ts';
import { storedEvents } from './auditStore.ts';
import { invalid } from './invalid.ts';

/** Keys by name; undefined for one that was destroyed. */
export type Keys = ReadonlyMap<string, KeyObject | undefined>;

/** What was found sealed in the audit service's event store. */
export interface Sealed {
  /** Events that opened. */
  events: number;
  /** Entries of the log whose content is there, and is what the log commits to. */
  entries: number;
  /** Events whose key was destroyed. */
  erased: number;
}

/** The audit service's keys; undefined where the key file is not there, or a running platform holds it. */
export function keysIn(file: string): Keys | undefined {
  if (!existsSync(file)) return undefined;
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = db.prepare("SELECT name, live, key FROM keys WHERE name LIKE 'audit/%'").all();
    return new Map(
      rows.map(({ name, live, key }) => [String(name), live ? createSecretKey(key as Uint8Array) : undefined]),
    );
  } catch (error) {
    if ((error as { errcode?: number }).errcode === busy) return undefined;
    throw error;
  } finally {
    db.close(); // at once: nobody else could start while it is read
  }
}

/** SQLITE_BUSY */
const busy = 5;

/**
 * Opens everything that is sealed in the audit service's event store, and compares each entry with its commitment.
 * @param size how many entries the log has
 * @throws Failure `invalid` where something does not open, is not what the log commits to, or is missing
 */
export function verifySealed(store: DatabaseSync, keys: Keys, size: number): Sealed {
  const owners = dataKeys(store, keys);
  const committed = commitments(store);
  const found: Sealed = { events: 0, entries: 0, erased: 0 };
  const seen = new Set<string>();
  const rows = store.prepare("SELECT stream, version, type, owner, data FROM events WHERE owner <> ''");
  for (const { stream, version, type, owner, data } of rows.iterate()) {
    if (!owners.has(String(owner))) throw invalid('a data key is missing from the audit store');
    const key = owners.get(String(owner));
    if (key) {
      const plain = opened(key, data as Uint8Array, `audit/${stream}@${version}`);
      found.events += 1;
      if (type !== ('EntriesSequenced' satisfies EntriesSequenced['type'])) continue;
      for (const entry of (JSON.parse(Buffer.from(plain).toString()) as EntriesSequenced).entries)
        seen.add(checked(entry, committed));
    } else found.erased += 1;
  }
  found.entries = seen.size;
  if (found.erased === 0 && seen.size !== size) throw invalid('entries of the log are missing from the audit store');
  return found;
}

/** The unwrapped data key of each owner; undefined for one that was erased. */
function dataKeys(store: DatabaseSync, keys: Keys): Keys {
  const found = new Map<string, KeyObject | undefined>();
  const wrapped = store.prepare("SELECT substr(stream, 5) AS owner, data FROM events WHERE stream LIKE 'key/%'");
  for (const { owner, data } of wrapped.iterate()) {
    const name = `audit/${owner}`;
    if (!keys.has(name)) throw invalid('the key file does not belong to this data');
    const key = keys.get(name);
    found.set(String(owner), key && createSecretKey(opened(key, data as Uint8Array, name)));
  }
  return found;
}

/** The entries of each batch, one after the other. */
function commitments(store: DatabaseSync): ReadonlyMap<number, Uint8Array> {
  const batches = [...storedEvents(store, 'BatchSequenced')];
  return new Map(batches.map(({ batch, commitments }) => [batch, decodeBase64(commitments)!]));
}

function opened(key: KeyObject, sealed: Uint8Array, aad: string): Uint8Array {
  try {
    return open(key, sealed, aad);
  } catch {
    throw invalid('something sealed in the audit store does not open: it is not what was written there');
  }
}

/** The entry's place; throws where it is not what is committed to there. */
function checked({ batch, at, salt, event }: SequencedEntry, committed: ReadonlyMap<number, Uint8Array>): string {
  const given = saltedHash(decodeBase64(salt)!, decodeBase64(event)!);
  const stated = committed.get(batch)?.subarray(at * hashLength, (at + 1) * hashLength);
  if (stated && Buffer.compare(given, stated) === 0) return `${batch}/${at}`;
  throw invalid(`entry ${at} of batch ${batch} is not what the log commits to`);
}
