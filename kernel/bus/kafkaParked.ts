import type { Admin, Consumer, Kafka } from 'kafkajs';
import { Failure } from '../errors.ts';
import { texts } from './kafkaMessages.ts';
import { parkedTopic } from './kafkaTopics.ts';
import type { BusMessage, Parked, Received, Topic } from './port.ts';

/** Longest wait until all that is parked is read, milliseconds. */
const patience = 10_000;

/** A parked message as it goes onto the parked topic: its key makes parking it again change nothing. */
export function parkedMessage(group: string, { topic, id, value }: Received, reason: string): BusMessage {
  return { id, key: `${group} ${topic} ${id}`, headers: { group, topic, reason }, value };
}

/** Reads the parked topic from its beginning, once somebody asks, and follows it then. */
export function parkedReader(kafka: Kafka, admin: Admin, prefix: string, readerId: string) {
  const topic = prefix + parkedTopic;
  const known = new Map<string, Parked>();
  let consumer: Promise<Consumer> | undefined;
  /** The offset after the last one read. */
  let reached = 0n;
  let read = Promise.withResolvers<void>();

  /** A group of its own that saves nothing: the broker forgets it when it leaves. */
  async function follow(): Promise<Consumer> {
    const group = { groupId: `${prefix}parked-${readerId}`, allowAutoTopicCreation: false };
    const reader = kafka.consumer({ ...group, maxWaitTimeInMs: 500 });
    await reader.subscribe({ topics: [topic], fromBeginning: true });
    await reader.run({
      autoCommit: false,
      async eachBatch({ batch }) {
        for (const { key, headers, value } of batch.messages) {
          const { group = '', topic: from = '', id = '', reason = '' } = texts(headers);
          known.set(`${key}`, { topic: from as Topic, group, id, reason, value: value ?? Buffer.alloc(0) });
        }
        reached = BigInt(batch.lastOffset()) + 1n;
        read.resolve();
        read = Promise.withResolvers();
      },
    });
    return reader;
  }

  async function upTo(end: bigint): Promise<void> {
    const late = Promise.withResolvers<never>();
    const alarm = setTimeout(() => late.reject(new Failure('timeout', 'The bus took too long.')), patience);
    try {
      while (reached < end) await Promise.race([read.promise, late.promise]);
    } finally {
      clearTimeout(alarm);
    }
  }

  return {
    async parked(group: string): Promise<Parked[]> {
      const [end] = await admin.fetchTopicOffsets(topic);
      if (!end || end.high === end.low) return [];
      consumer ??= follow();
      await consumer.catch((error) => {
        consumer = undefined;
        throw error;
      });
      await upTo(BigInt(end.high));
      return [...known.values()].filter((each) => each.group === group);
    },
    close: async () => (await consumer)?.disconnect(),
  };
}
