import { setTimeout as pause } from 'node:timers/promises';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { Failure } from '../errors.ts';
import type { KafkaOptions } from './kafkaConfig.ts';
import { typeOf } from './kafkaErrors.ts';
import { topics } from './port.ts';

/** How long new topics may take to be known, and how often that is asked, milliseconds. */
const [patience, pauses] = [5000, 100];

export const parkedTopic = 'healthchain.parked.v1';

/** The topics of the platform, as they are made. Parked messages are kept: of each, the newest. */
function wanted({ prefix, partitions, replication, retentionMs }: KafkaOptions): ITopicConfig[] {
  const topic = (name: string, numPartitions: number, settings: Record<string, string>): ITopicConfig => ({
    topic: prefix + name,
    numPartitions,
    replicationFactor: replication || -1,
    configEntries: Object.entries(settings).map(([entry, value]) => ({ name: entry, value })),
  });
  const events = { 'cleanup.policy': 'delete', 'retention.ms': `${retentionMs}` };
  return [
    ...topics.map((name) => topic(name, partitions, events)),
    topic(parkedTopic, 1, { 'cleanup.policy': 'compact' }),
  ];
}

/**
 * Makes the topics that are missing, once those that are there have shown the settings that these would get.
 * @throws Failure `unavailable` where they have others
 */
export async function ensureTopics(admin: Admin, options: KafkaOptions): Promise<void> {
  const there = new Set(await admin.listTopics());
  const { present = [], missing = [] } = Object.groupBy(wanted(options), ({ topic }) =>
    there.has(topic) ? 'present' : 'missing',
  );
  if (present.length > 0) await check(admin, present);
  if (missing.length === 0) return;
  await create(admin, missing);
  await check(admin, missing); // another process may have made them, by its own configuration
}

async function create(admin: Admin, missing: ITopicConfig[]): Promise<void> {
  try {
    await admin.createTopics({ topics: missing, waitForLeaders: false });
  } catch (error) {
    // others make the same topics when they start
    const errors: unknown[] = 'errors' in (error as object) ? (error as { errors: unknown[] }).errors : [error];
    if (errors.some((each) => typeOf(each) !== 'TOPIC_ALREADY_EXISTS')) throw error;
  }
  await served(
    admin,
    missing.map(({ topic }) => topic),
  );
}

/**
 * Waits until the topics are led: right after they were made a broker may not know them, or not know yet that it leads
 * them, which the driver takes for an error. Only who leads a partition tells its offsets.
 */
async function served(admin: Admin, names: string[]): Promise<void> {
  for (let left = patience; ; left -= pauses) {
    try {
      return void (await Promise.all(names.map((name) => admin.fetchTopicOffsets(name))));
    } catch (error) {
      if (left <= 0) throw error;
    }
    await pause(pauses);
  }
}

async function check(admin: Admin, all: ITopicConfig[]): Promise<void> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: all.map(({ topic }) => topic) });
  const partitions = new Map(found.map(({ name, partitions: each }) => [name, each.length]));
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: all.map(({ topic, configEntries }) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: topic,
      configNames: configEntries!.map(({ name }) => name),
    })),
  });
  for (const { topic, numPartitions, configEntries } of all) {
    agree(topic, 'partitions', partitions.get(topic), numPartitions);
    const settings = resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
    for (const { name, value } of configEntries!) {
      agree(topic, name, settings.find(({ configName }) => configName === name)?.configValue, value);
    }
  }
}

function agree(topic: string, setting: string, found: unknown, expected: unknown): void {
  if (found === expected) return;
  throw new Failure(
    'unavailable',
    `The Kafka topic ${topic} has ${setting} ${found}, but ${expected} is configured: change the topic, or KAFKA_PARTITIONS and KAFKA_RETENTION_MS.`,
  );
}
