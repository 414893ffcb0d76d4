import kafkajs, { type Admin, type ISocketFactory, type Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { type Ids, randomIds } from '../clock.ts';
import { kafkaClient } from './kafkaClient.ts';
import type { KafkaOptions } from './kafkaConfig.ts';
import { consume } from './kafkaConsumer.ts';
import { startFailure, translated } from './kafkaErrors.ts';
import { parkedMessage, parkedReader } from './kafkaParked.ts';
import { sending } from './kafkaSending.ts';
import { ensureTopics, parkedTopic } from './kafkaTopics.ts';
import type { Bus } from './port.ts';

/**
 * Neither the driver's idempotent producer nor its own retries: on the failover of a leader both acknowledge messages
 * that no broker has (docs/adr/0017). A send that fails is sent again by whoever sends: the relay.
 */
const producing = {
  idempotent: false,
  retry: { retries: 0 },
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
};

interface Parts {
  log: Logger;
  ids?: Ids;
  /** First pause before a failed batch is tried again; doubled each time. Default 100. */
  retryMs?: number;
  /** Opens connections; tests cut them by it. */
  socketFactory?: ISocketFactory;
}

/**
 * The bus on Kafka: a topic for each publishing service, and one of parked messages; they are made where they are
 * missing. Consumers take at least once and drop the ids of events they have handled.
 * @throws Failure `unavailable` within 10 s with one line that says what is wrong and what to do
 */
export async function kafkaBus(options: KafkaOptions, parts: Parts): Promise<Bus> {
  const { log, ids = randomIds, retryMs = 100, socketFactory } = parts;
  const { prefix, sessionTimeoutMs } = options;
  await prepare(kafkaClient({ options, log, retries: 1 }), options);
  const kafka = kafkaClient({ options, log, retries: 8, ...(socketFactory && { socketFactory }) });
  const admin = kafka.admin();
  const producer = kafka.producer(producing);
  await Promise.all([admin.connect(), producer.connect()]);
  const { send, settled } = sending(producer);
  const reader = parkedReader(kafka, admin, prefix, ids.uuid());

  return {
    send: (topic, messages) => send(prefix + topic, messages),
    subscribe: (subscription) =>
      consume({
        ...{ kafka, options: subscription, prefix, sessionTimeoutMs, retryMs, log },
        park: (message, reason) => send(prefix + parkedTopic, [parkedMessage(subscription.group, message, reason)]),
      }),
    async lag(group, topics) {
      const lags = topics.map((topic) => lag(admin, prefix + group, prefix + topic));
      return (await translating(Promise.all(lags))).reduce((sum, each) => sum + each, 0);
    },
    parked: (group) => translating(reader.parked(group)),
    async close() {
      await settled();
      await Promise.all([reader.close(), producer.disconnect(), admin.disconnect()]);
    },
  };
}

/** Finds out at once what is wrong: this client gives up soon, while the one that stays is patient. */
async function prepare(kafka: Kafka, options: KafkaOptions): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await ensureTopics(admin, options);
  } catch (error) {
    throw startFailure(error);
  } finally {
    await admin.disconnect();
  }
}

/** What a group has not handled of a topic; from the beginning where it never saved an offset. */
async function lag(admin: Admin, groupId: string, topic: string): Promise<number> {
  const [ends, [saved]] = await Promise.all([
    admin.fetchTopicOffsets(topic),
    admin.fetchOffsets({ groupId, topics: [topic] }),
  ]);
  const handled = new Map(saved?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  return ends.reduce((sum, { partition, low, high }) => {
    return sum + Math.max(0, Number(high) - Math.max(Number(low), handled.get(partition) ?? -1));
  }, 0);
}

async function translating<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw translated(error);
  });
}
