import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { readConfig } from '../config.ts';
import { kafkaClient } from './kafkaClient.ts';
import { type KafkaOptions, kafkaOptions, kafkaSection } from './kafkaConfig.ts';

export const silent = pino({ level: 'silent' });

/** The brokers that the environment names, with topics of one's own. */
export function testOptions(env: NodeJS.ProcessEnv, prefix = `test-${randomUUID()}.`): KafkaOptions {
  return { ...kafkaOptions(readConfig(env, kafkaSection)), prefix };
}

/** Takes away all topics whose names begin with the prefix. */
export async function dropTopics(options: KafkaOptions): Promise<void> {
  const admin = kafkaClient({ options, log: silent, retries: 5 }).admin();
  await admin.connect();
  try {
    const topics = await admin.listTopics();
    await admin.deleteTopics({ topics: topics.filter((topic) => topic.startsWith(options.prefix)) });
  } finally {
    await admin.disconnect();
  }
}
