import { topics } from '../../../kernel/bus/port.ts';
import { type Fault, meanwhile, startAgain } from './fault.ts';

export const kafkaFaults: Fault[] = [
  {
    name: 'kill -9 all Kafka brokers',
    async inject(stage) {
      const { engines } = stage.platform;
      await Promise.all([1, 2, 3].map((broker) => engines.kill('kafka', `broker-${broker}`)));
      await startAgain(stage, 'kafka');
      return '';
    },
  },
  {
    name: 'kill -9 a partition leader',
    async inject(stage) {
      const { platform, feed, random } = stage;
      const [topic, partition] = [random.pick(topics), random.integer(0, 5)];
      const leader = await feed.leaderOf(topic, partition);
      await platform.engines.kill('kafka', `broker-${leader}`);
      await meanwhile(stage, 20);
      await startAgain(stage, 'kafka');
      return `broker-${leader} of ${topic}/${partition}`;
    },
  },
];
