import { randomBytes, randomUUID } from 'node:crypto';
import { eventually } from '../../../deploy/native/waiting.ts';
import { type BusMessage, type Received, type Topic, topics } from '../../../kernel/bus/port.ts';
import { type Fault, meanwhile, type Stage, supervised } from './fault.ts';

const patience = 30_000;

export const deliveryFaults: Fault[] = [
  {
    name: 'duplicate delivery',
    async inject(stage) {
      await meanwhile(stage, 40);
      const again = stage.feed.newest(200);
      await sendEach(stage, again);
      return `${again.length} messages`;
    },
  },
  {
    /** While audit is away, events of other partitions' keys overtake the ones they copy, newest first. */
    name: 'reordered delivery',
    async inject(stage) {
      const { platform, feed } = stage;
      await platform.services.kill('audit');
      const before = feed.seen();
      await eventually('events on the bus', patience, async () => {
        if (feed.seen() < before + 60) throw new Error('too few were seen');
      });
      const fresh = feed.newest(feed.seen() - before).reverse();
      await sendEach(
        stage,
        fresh.map((message) => ({ ...message, key: randomUUID() })),
      );
      await supervised(platform);
      return `${fresh.length} messages`;
    },
  },
  {
    name: 'a poison event',
    async inject({ feed, random }) {
      const topic = random.pick(topics);
      const poison: BusMessage = { id: randomUUID(), key: randomUUID(), headers: {}, value: randomBytes(64) };
      feed.poison.add(poison.id);
      await feed.bus.send(topic, [poison]);
      await eventually('the parked message', patience, async () => {
        const parked = await feed.bus.parked('audit');
        if (!parked.some(({ id }) => id === poison.id)) throw new Error('it is not parked');
      });
      return topic;
    },
  },
];

async function sendEach({ feed }: Stage, messages: Received[]): Promise<void> {
  for (const [topic, each] of Map.groupBy(messages, (message) => message.topic))
    await feed.bus.send(topic as Topic, each);
}
