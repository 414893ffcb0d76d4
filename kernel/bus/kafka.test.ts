import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import pino from 'pino';
import { readConfig } from '../config.ts';
import { busConformance } from './conformance.ts';
import { kafkaBus } from './kafka.ts';
import { kafkaClient } from './kafkaClient.ts';
import { type KafkaOptions, kafkaOptions, kafkaSection } from './kafkaConfig.ts';
import type { Bus } from './port.ts';

const silent = pino({ level: 'silent' });

if (!process.env.KAFKA_BROKERS) test('kafka', (t) => t.skip('NOT RUN: Kafka (npm run test:engines)'));
else {
  const given = kafkaOptions(readConfig(process.env, kafkaSection));
  const run = `test-${randomUUID()}.`;
  after(() => dropTopics(given, run));
  busConformance('kafka', () => {
    const line = new Map<Bus, Line>();
    const options = { ...given, prefix: `${run}${randomUUID()}.` };
    return {
      async open() {
        const mine = newLine();
        const fast = { ...options, partitions: 2, sessionTimeoutMs: 1500 };
        const bus = await kafkaBus(fast, { log: silent, retryMs: 2, socketFactory: mine.open });
        line.set(bus, mine);
        return bus;
      },
      crash: async (bus) => line.get(bus)?.cut(),
    };
  });
}

async function dropTopics(options: KafkaOptions, prefix: string): Promise<void> {
  const admin = kafkaClient({ options, log: silent, retries: 5 }).admin();
  await admin.connect();
  const topics = await admin.listTopics();
  await admin.deleteTopics({ topics: topics.filter((topic) => topic.startsWith(prefix)) });
  await admin.disconnect();
}

interface Line {
  open: ISocketFactory;
  /** Ends all connections, and lets no other come about: as if the process were gone. */
  cut(): void;
}

function newLine(): Line {
  const sockets = new Set<Socket>();
  let isCut = false;
  return {
    open({ host, port, ssl, onConnect }) {
      if (isCut) return new Socket().destroy(new Error('cut'));
      const socket = connect({ host, port, ...ssl }, onConnect);
      sockets.add(socket);
      return socket;
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy(new Error('cut'));
    },
  };
}
