import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Append, Commit, EventStore, NewEvent } from './port.ts';

/** Where a store keeps its events: opened again it finds them, and several openings at once are several writers. */
export interface EventStorePlace {
  open(): Promise<EventStore>;
}

/** What it opens is closed after the test. */
interface Here extends EventStorePlace {
  reopen(store: EventStore): Promise<EventStore>;
}
export type Given = (name: string, body: (store: EventStore, here: Here) => Promise<void>) => void;

/** Tests that each get a store of their own. */
export function stage(adapter: string, place: () => EventStorePlace): Given {
  return (name, body) =>
    test(`${adapter}: ${name}`, async () => {
      const here = place();
      const opened = new Set<EventStore>();
      const open = async () => {
        const store = await here.open();
        opened.add(store);
        return store;
      };
      const reopen = async (store: EventStore) => {
        opened.delete(store);
        await store.close();
        return open();
      };
      try {
        await body(await open(), { open, reopen });
      } finally {
        for (const store of opened) await store.close();
      }
    });
}

/** 1, 2, … `count`. */
export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** An event that differs from its siblings in every field. */
export function event(n: number, data: Uint8Array = Uint8Array.of(n, 0, 255)): NewEvent {
  return { id: randomUUID(), type: `Happened${n}`, at: 1_764_000_000_000 + n, owner: `owner-${n}`, data };
}

/** An append of `count` such events. */
export const append = (stream: string, expected: number, count = 1): Append => ({
  stream,
  expected,
  events: upTo(count).map((n) => event(n)),
});

/** Bytes as text, so that Buffer and Uint8Array compare; only what the port names. */
export function comparable({
  id,
  type,
  at,
  owner,
  trace,
  data,
  stream,
  version,
}: NewEvent & { stream: string; version: number }) {
  return { id, type, at, owner, trace, data: Buffer.from(data).toString('hex'), stream, version };
}

export const positioned = ({ position, stream, events }: Commit) => ({
  position,
  stream,
  events: events.map(comparable),
});

/** The first `count` commits; a store that sequences later is asked again until they are there. */
export async function all(store: EventStore, count: number): Promise<Commit[]> {
  for (const deadline = Date.now() + 10_000; ; ) {
    const commits = await store.readAll(0, count + 1);
    if (commits.length >= count) return commits;
    if (Date.now() > deadline) assert.fail(`${commits.length} of ${count} commits are there`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
