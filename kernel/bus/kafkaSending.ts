import type { Producer } from 'kafkajs';
import { lanes } from '../lanes.ts';
import { translated } from './kafkaErrors.ts';
import { outgoing, sizeOf } from './kafkaMessages.ts';
import type { BusMessage } from './port.ts';

interface Sending {
  topic: string;
  messages: BusMessage[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Most bytes and messages of one request; Kafka's own limit for a batch is 1 MB. */
const largest = { bytes: 500_000, messages: 2000 };

/**
 * One request in flight, with all that waits: so what was sent first is stored first, also where a request fails and is
 * sent again (docs/adr/0017: why not by the driver's idempotent producer). Where one fails, nothing behind it is sent.
 */
export function sending(producer: Producer) {
  const line = lanes<Sending>(1, 500, async (group) => {
    const unsent = new Set(group);
    try {
      for (const request of requests(group)) {
        const topicMessages = [...Map.groupBy(request, ({ from }) => from.topic)].map(([topic, each]) => ({
          topic,
          messages: each.map(({ message }) => outgoing(message)),
        }));
        await producer.sendBatch({ topicMessages, acks: -1 });
        for (const { from, message } of request) {
          if (message === from.messages.at(-1) && unsent.delete(from)) from.resolve();
        }
      }
    } catch (error) {
      for (const { reject } of unsent) reject(translated(error));
    }
  });
  return {
    send: (topic: string, messages: BusMessage[]) =>
      new Promise<void>((resolve, reject) => {
        if (messages.length === 0) resolve();
        else line.add({ topic, messages, resolve, reject });
      }),
    settled: line.settled,
  };
}

function* requests(group: Sending[]): Iterable<{ from: Sending; message: BusMessage }[]> {
  let next: { from: Sending; message: BusMessage }[] = [];
  let bytes = 0;
  for (const from of group) {
    for (const message of from.messages) {
      const size = sizeOf(message);
      if (next.length > 0 && (bytes + size > largest.bytes || next.length === largest.messages)) {
        yield next;
        [next, bytes] = [[], 0];
      }
      next.push({ from, message });
      bytes += size;
    }
  }
  yield next;
}
