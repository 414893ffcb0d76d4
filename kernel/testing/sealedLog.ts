import { randomIds } from '../clock.ts';
import type { EventStore } from '../eventstore/port.ts';
import { sealedStore } from '../eventstore/sealed.ts';
import { sqliteEventStore } from '../eventstore/sqlite.ts';
import { openKeyring } from '../keys/keyring.ts';
import { localKeys } from '../keys/local.ts';

/** Events of the smallest domain there is: a counter. */
export type Counted = { type: 'Counted'; by: number } | { type: 'Named'; name: string };

/** A sealed log on real engines in memory, with a clock that stands still until it is set. */
export async function sealedLog(store: EventStore = sqliteEventStore(':memory:')) {
  const clock = { time: Date.UTC(2026, 0, 1), now: () => clock.time };
  const keys = localKeys(':memory:');
  const parts = { service: 'records', store, clock, ids: randomIds } as const;
  const keyring = await openKeyring({ ...parts, keys });
  return { ...parts, keys, keyring, clock, log: sealedStore<Counted>({ ...parts, keyring }) };
}

export const counted = (by = 1): Counted => ({ type: 'Counted', by });
