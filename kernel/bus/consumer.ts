import { setTimeout as pause } from 'node:timers/promises';
import type { SubscribeOptions, Subscription, Topic } from './port.ts';
import type { BusStatements, Stored } from './sqliteStatements.ts';

interface Parts {
  sql: BusStatements;
  options: SubscribeOptions;
  retryMs: number;
  /** Registers a listener for new messages; returns how to take it back. */
  onWake(listener: () => void): () => void;
}

const attempts = 5;

/**
 * A group member's loop: next batch → handle → save the offset. The next batch is read only after the handler has
 * resolved: that is the back-pressure.
 */
export function consume({ sql, options, retryMs, onWake }: Parts): Subscription {
  const { group, topics, batch = 500, handle } = options;
  const stopping = new AbortController();
  let awake = (): void => {};
  const asleep = () =>
    new Promise<void>((resolve) => {
      awake = resolve;
    });
  const forget = onWake(() => awake());

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const slept = asleep();
      let handled = 0;
      for (const topic of topics) handled += await handleNext(topic);
      if (handled === 0 && !stopping.signal.aborted) await slept;
    }
  }

  /** Handles one topic's next batch; resolves to how many messages are done with. */
  async function handleNext(topic: Topic): Promise<number> {
    const messages = sql.next(group, topic, batch);
    const last = messages.at(-1);
    if (!last) return 0;
    if (await failureOf(messages)) return oneByOne(messages);
    sql.save(group, topic, last.offset);
    return messages.length;
  }

  async function oneByOne(messages: Stored[]): Promise<number> {
    for (const [index, message] of messages.entries()) {
      const failure = stopping.signal.aborted ? undefined : await failureOf([message]);
      if (stopping.signal.aborted) return index; // whoever comes next tries this one again
      if (failure) park(message, failure);
      sql.save(group, message.topic, message.offset);
    }
    return messages.length;
  }

  /** Undefined once the handler resolves; the last error where it never does. */
  async function failureOf(messages: Stored[]): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return void (await handle(messages));
      } catch (error) {
        if (attempt === attempts || stopping.signal.aborted) return error;
        const wait = retryMs * 2 ** (attempt - 1);
        await pause(wait, undefined, { signal: stopping.signal }).catch(() => {}); // stopping ends the pause
      }
    }
  }

  function park({ topic, id, value }: Stored, failure: unknown): void {
    sql.park({ group, topic, id, value, reason: failure instanceof Error ? failure.message : String(failure) });
  }

  const finished = run();
  return {
    async stop() {
      stopping.abort();
      awake();
      forget();
      await finished;
    },
  };
}
