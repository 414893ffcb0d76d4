import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Bus, BusMessage, Received, SubscribeOptions } from './port.ts';

/** Where a bus keeps its messages; opened again it finds them. Its first retry pause is some milliseconds. */
export interface BusPlace {
  open(): Promise<Bus>;
  /** Ends a bus as SIGKILL would: its members save nothing and leave nobody a note. */
  crash(bus: Bus): Promise<void>;
}

interface Here {
  reopen(bus: Bus): Promise<Bus>;
  crashed(bus: Bus): Promise<Bus>;
  /** Subscribes, and leaves at the end of the test. */
  join(bus: Bus, options: SubscribeOptions): Promise<() => Promise<void>>;
}
export type Given = (name: string, body: (bus: Bus, here: Here) => Promise<void>) => void;

/** Tests that each get a bus of their own, and leave it clean. */
export function stage(adapter: string, place: () => BusPlace): Given {
  return (name, body) =>
    test(`${adapter}: ${name}`, async () => {
      const here = place();
      let opened = await here.open();
      const leaving: (() => Promise<void>)[] = [];
      const swap = async (end: Promise<void>) => {
        await end;
        opened = await here.open();
        return opened;
      };
      try {
        await body(opened, {
          reopen: (bus) => swap(bus.close()),
          crashed: (bus) => swap(here.crash(bus)),
          async join(bus, options) {
            const { stop } = await bus.subscribe(options);
            leaving.push(stop);
            return stop;
          },
        });
      } finally {
        for (const leave of leaving) await leave();
        await opened.close();
      }
    });
}

/** A handler that remembers what it was given. */
export function recorder(): { seen: Received[]; handle(batch: Received[]): Promise<void> } {
  const seen: Received[] = [];
  return { seen, handle: async (batch) => void seen.push(...batch) };
}

export function message(key: string, text: string): BusMessage {
  return { id: randomUUID(), key, headers: { 'ce-type': 'test', text }, value: Buffer.from(text) };
}

export const messages = (count: number) => Array.from({ length: count }, (_, n) => message('k', `${n}`));
export const textOf = ({ value }: BusMessage) => Buffer.from(value).toString();
export const plain = ({ topic, id, key, headers, value }: Received) => ({
  ...{ topic, id, key, headers: { ...headers }, value: Buffer.from(value).toString('hex') },
});

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await holds()); ) {
    if (Date.now() > deadline) assert.fail(`never came true: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
