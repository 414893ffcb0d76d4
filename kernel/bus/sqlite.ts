import { DatabaseSync } from 'node:sqlite';
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
}

/**
 * The embedded bus: one SQLite file for all services of a process, WAL, synchronous=FULL. Sends that wait in one
 * event-loop turn are one transaction. Consumers are woken by sends of this process; nothing polls.
 */
export function sqliteBus(file: string, { retentionMs = 86_400_000, retryMs = 100 }: BusOptions = {}): Bus {
  const db = new DatabaseSync(file);
  const sql = busStatements(db);
  const wake = new Set<() => void>();
  let sending: Sending[] = [];

  function flush(): void {
    const group = sending;
    sending = [];
    try {
      sql.transaction(() => {
        for (const { topic, messages } of group) for (const message of messages) sql.insert(topic, message, Date.now());
      });
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const listener of wake) listener();
  }

  return {
    send: (topic, messages) =>
      new Promise((resolve, reject) => {
        if (sending.length === 0) setImmediate(flush);
        sending.push({ topic, messages, resolve, reject });
      }),
    async subscribe(options) {
      sql.join(options.group, options.topics);
      sql.expire(Date.now() - retentionMs);
      return consume({
        sql,
        options,
        retryMs,
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
