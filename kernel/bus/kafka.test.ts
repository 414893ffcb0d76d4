import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { busConformance } from './conformance.ts';
import { kafkaBus } from './kafka.ts';
import { dropTopics, silent, testOptions } from './kafkaTesting.ts';
import type { Bus } from './port.ts';

if (!process.env.KAFKA_BROKERS) test('kafka', (t) => t.skip('NOT RUN: Kafka (npm run test:engines)'));
else {
  const given = testOptions(process.env);
  after(() => dropTopics(given));
  busConformance('kafka', () => {
    const line = new Map<Bus, Line>();
    const options = { ...given, prefix: `${given.prefix}${randomUUID()}.` };
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
