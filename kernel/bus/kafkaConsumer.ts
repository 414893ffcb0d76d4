import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { handleOrPark } from './attempts.ts';
import { bySubscription } from './kafkaAssigner.ts';
import { incoming } from './kafkaMessages.ts';
import type { Received, SubscribeOptions, Subscription, Topic } from './port.ts';

interface Parts {
  kafka: Kafka;
  options: SubscribeOptions;
  prefix: string;
  sessionTimeoutMs: number;
  retryMs: number;
  park(message: Received, reason: string): Promise<void>;
  log: Logger;
}

/** Partitions handled at the same time: each in its order, and none waits for another's handler. */
const partitionsConsumedConcurrently = 16;

interface Placed extends Received {
  offset: string;
}

/** Pause before a member that the driver gave up joins anew, milliseconds. */
const rejoinsAfter = 1000;

/**
 * A group member. The driver fetches a broker's next messages only when the last ones are handled: that is the
 * back-pressure; heartbeats go on meanwhile. Resolves once it has joined.
 */
export async function consume(parts: Parts): Promise<Subscription> {
  const { kafka, options, prefix, sessionTimeoutMs, log } = parts;
  const stopping = new AbortController();
  const heartbeatInterval = Math.max(200, Math.floor(sessionTimeoutMs / 5));
  const joined = Promise.withResolvers<void>();
  let consumer: Consumer;
  /** Settles once the consumer is at work or was given up: before, it cannot be stopped. */
  let starting: Promise<void> = Promise.resolve();

  /** Runs a member until it stops, or until the driver gives it up; it must not begin anew by itself. */
  async function member(): Promise<void> {
    const group = { groupId: prefix + options.group, sessionTimeout: sessionTimeoutMs, heartbeatInterval };
    const retry = { restartOnFailure: async () => false };
    const partitionAssigners = [bySubscription];
    consumer = kafka.consumer({
      ...group,
      retry,
      partitionAssigners,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 500,
    });
    const over = Promise.withResolvers<void>();
    consumer.on('consumer.group_join', () => joined.resolve());
    consumer.on('consumer.stop', () => over.resolve());
    consumer.on('consumer.crash', () => over.resolve());
    const eachBatch = (payload: EachBatchPayload) => handleFetched(payload, parts, heartbeatInterval, stopping.signal);
    const how = { autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently, eachBatch };
    starting = consumer
      .subscribe({ topics: options.topics.map((topic) => prefix + topic), fromBeginning: true })
      .then(() => consumer.run(how));
    await starting;
    await over.promise;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await member().catch((error) => log.warn({ err: error, group: options.group }, 'bus: the consumer ended'));
      await consumer.disconnect().catch(() => {});
      await pause(rejoinsAfter, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const finished = run();
  await joined.promise;
  return {
    async stop() {
      stopping.abort();
      await starting.catch(() => {});
      await consumer.disconnect(); // waits for the batch in hand, and leaves the group
      await finished;
    },
  };
}

/** Handles what was fetched of one partition, in batches no larger than asked. Offsets are saved after each. */
async function handleFetched(payload: EachBatchPayload, parts: Parts, heartbeatMs: number, stopping: AbortSignal) {
  const { batch, resolveOffset, commitOffsetsIfNecessary, heartbeat, isRunning, isStale } = payload;
  const { options, prefix, retryMs, park } = parts;
  const topic = batch.topic.slice(prefix.length) as Topic;
  const fetched = batch.messages.map((each): Placed => ({ ...incoming(topic, each), offset: each.offset }));
  const done = async ({ offset }: Placed): Promise<void> => {
    resolveOffset(offset);
    const next = `${BigInt(offset) + 1n}`;
    await commitOffsetsIfNecessary({
      topics: [{ topic: batch.topic, partitions: [{ partition: batch.partition, offset: next }] }],
    });
  };
  const size = options.batch ?? 500;
  for (let at = 0; at < fetched.length; at += size) {
    if (stopping.aborted || !isRunning() || isStale()) return;
    const messages = fetched.slice(at, at + size);
    const { handle } = options;
    await beating(heartbeat, heartbeatMs, () => handleOrPark({ messages, handle, retryMs, stopping, park, done }));
  }
}

/** Keeps the member in its group while it works. A heartbeat that fails shows at the next commit. */
async function beating<T>(heartbeat: () => Promise<void>, every: number, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void heartbeat().catch(() => {}), every).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
