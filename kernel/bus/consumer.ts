import { handleOrPark } from './attempts.ts';
import type { SubscribeOptions, Subscription, Topic } from './port.ts';
import type { BusStatements } from './sqliteStatements.ts';

interface Parts {
  sql: BusStatements;
  options: SubscribeOptions;
  retryMs: number;
  /** Registers a listener for new messages; returns how to take it back. */
  onWake(listener: () => void): () => void;
  /** Holds a topic for this member while it handles a batch of it; returns how to let go. Undefined: another has it. */
  claim(topic: Topic): (() => void) | undefined;
}

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
      return await handleOrPark({
        ...{ messages, handle, retryMs, stopping: stopping.signal },
        park: ({ id, value }, reason) => sql.park({ group, topic, id, value, reason }),
        done: ({ offset }) => sql.save(group, topic, offset),
      });
    } finally {
      release();
    }
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
