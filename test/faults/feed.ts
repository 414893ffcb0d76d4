import type { Admin } from 'kafkajs';
import type { Logger } from 'pino';
import { kafkaBus } from '../../kernel/bus/kafka.ts';
import { kafkaClient } from '../../kernel/bus/kafkaClient.ts';
import { kafkaOptions, kafkaSection } from '../../kernel/bus/kafkaConfig.ts';
import { type Bus, type Received, type Topic, topics } from '../../kernel/bus/port.ts';
import { readConfig } from '../../kernel/config.ts';

/** Messages that are remembered. */
const remembered = 2000;

/** The bus as whoever would disturb it sees it. */
export interface Feed {
  bus: Bus;
  /** How many messages have been seen on all topics. */
  seen(): number;
  /** The last of them, oldest first. */
  newest(count: number): Received[];
  /** Ids of what was put there that nobody can read. */
  poison: Set<string>;
  /** Number of the broker that leads a partition. */
  leaderOf(topic: Topic, partition: number): Promise<number>;
  close(): Promise<void>;
}

export async function feedOf(variables: NodeJS.ProcessEnv, log: Logger): Promise<Feed> {
  const options = kafkaOptions(readConfig(variables, kafkaSection));
  const bus = await kafkaBus(options, { log });
  const admin: Admin = kafkaClient({ options, log, retries: 8 }).admin();
  await admin.connect();
  const last: Received[] = [];
  let seen = 0;
  const subscription = await bus.subscribe({
    group: 'faults',
    topics,
    async handle(batch) {
      seen += batch.length;
      last.push(...batch);
      last.splice(0, last.length - remembered);
    },
  });
  return {
    bus,
    seen: () => seen,
    newest: (count) => last.slice(-count),
    poison: new Set(),
    async leaderOf(topic, partition) {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [options.prefix + topic] });
      return found[0]!.partitions.find(({ partitionId }) => partitionId === partition)!.leader;
    },
    async close() {
      await subscription.stop();
      await Promise.all([admin.disconnect(), bus.close()]);
    },
  };
}
