import { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from '../clock.ts';
import { consume } from './consumer.ts';
import type { Bus, BusMessage, Topic } from './port.ts';
import { busStatements } from './sqliteStatements.ts';

interface Sending {
  topic: Topic;
  messages: BusMessage[];
  resolve(): void;
  reject(error: unknown): void;
}

export interface BusOptions {
  /** Messages older than this are dropped once every known group has handled them; default one day. */
  retentionMs?: number;
  /** First pause before a failed batch is tried again; doubled each time. Default 100. */
  retryMs?: number;
  clock?: Clock;
}

/** Old messages are looked for at most this often, milliseconds. */
const expiryEvery = 3_600_000;

/**
 * The embedded bus: one SQLite file for all services of a process, WAL, synchronous=FULL. Sends that wait in one
 * event-loop turn are one transaction. Consumers are woken by sends of this process; nothing polls.
 */
export function sqliteBus(file: string, options: BusOptions = {}): Bus {
  const { retentionMs = 86_400_000, retryMs = 100, clock = systemClock } = options;
  const db = new DatabaseSync(file);
  const sql = busStatements(db);
  const wake = new Set<() => void>();
  /** `<group> <topic>` of the batches in hand. */
  const claimed = new Set<string>();
  let sending: Sending[] = [];
  let expired = 0;

  function flush(): void {
    const group = sending;
    sending = [];
    try {
      sql.transaction(() => {
        for (const { topic, messages } of group)
          for (const message of messages) sql.insert(topic, message, clock.now());
        expire();
      });
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    wakeAll();
  }

  function expire(): void {
    if (clock.now() - expired < Math.min(expiryEvery, retentionMs)) return;
    expired = clock.now();
    sql.expire(expired - retentionMs);
  }

  function wakeAll(): void {
    for (const listener of wake) listener();
  }

  /** A topic is one member's of each group while it handles a batch: so messages stay in order, and reach one of them. */
  function claim(group: string, topic: Topic): (() => void) | undefined {
    const name = `${group} ${topic}`;
    if (claimed.has(name)) return undefined;
    claimed.add(name);
    return () => {
      claimed.delete(name);
      wakeAll();
    };
  }

  return {
    send: (topic, messages) =>
      new Promise((resolve, reject) => {
        if (sending.length === 0) setImmediate(flush);
        sending.push({ topic, messages, resolve, reject });
      }),
    async subscribe(options) {
      sql.join(options.group, options.topics);
      return consume({
        sql,
        options,
        retryMs,
        claim: (topic) => claim(options.group, topic),
        onWake(listener) {
          wake.add(listener);
          return () => void wake.delete(listener);
        },
      });
    },
    lag: async (group, topics) => topics.reduce((sum, topic) => sum + sql.lag(group, topic), 0),
    parked: async (group) => sql.parked(group),
    async close() {
      flush();
      db.close();
    },
  };
}
