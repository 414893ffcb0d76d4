import { setTimeout as pause } from 'node:timers/promises';
import type { SubscribeOptions, Subscription, Topic } from './port.ts';
import type { BusStatements, Stored } from './sqliteStatements.ts';

interface Parts {
  sql: BusStatements;
  options: SubscribeOptions;
  retryMs: number;
  /** Registers a listener for new messages; returns how to take it back. */
  onWake(listener: () => void): () => void;
  /** Holds a topic for this member while it handles a batch of it; returns how to let go. Undefined: another has it. */
  claim(topic: Topic): (() => void) | undefined;
}

const attempts = 5;

/**
 * A group member's loop: next batch → handle → save the offset. The next batch is read only after the handler has
 * resolved: that is the back-pressure.
 */
export function consume({ sql, options, retryMs, onWake, claim }: Parts): Subscription {
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
    const release = messages.length > 0 && claim(topic);
    if (!release) return 0;
    try {
      if ((await failureOf(messages)) !== undefined) return await oneByOne(messages);
      sql.save(group, topic, messages.at(-1)!.offset);
      return messages.length;
    } finally {
      release();
    }
  }

  async function oneByOne(messages: Stored[]): Promise<number> {
    for (const [index, message] of messages.entries()) {
      if (stopping.signal.aborted) return index;
      const reason = await failureOf([message]);
      if (reason !== undefined && stopping.signal.aborted) return index; // whoever comes next tries this one again
      if (reason !== undefined) park(message, reason);
      sql.save(group, message.topic, message.offset);
    }
    return messages.length;
  }

  /** Undefined once the handler resolves; the reason of the last failure where it never does. */
  async function failureOf(messages: Stored[]): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        return void (await handle(messages));
      } catch (error) {
        if (attempt === attempts || stopping.signal.aborted) return error instanceof Error ? error.message : `${error}`;
        const wait = retryMs * 2 ** (attempt - 1);
        await pause(wait, undefined, { signal: stopping.signal }).catch(() => {}); // stopping ends the pause
      }
    }
  }

  function park({ topic, id, value }: Stored, reason: string): void {
    sql.park({ group, topic, id, value, reason });
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
