import { setTimeout as pause } from 'node:timers/promises';
import { type Bus, type Received, type Subscription, topics } from '../../../kernel/bus/port.ts';
import { linger } from '../../../kernel/bus/relay.ts';
import type { DetailOpener } from '../../../kernel/keys/detail.ts';
import { arrivalOf } from './intake.ts';
import type { Sequencer } from './sequencer.ts';
import { inSlices } from './slices.ts';

export const group = 'audit';

export interface Consumer extends Subscription {
  /** Resolves when what relays have in hand now has its place in the log, or after `patience` milliseconds. */
  caughtUp(patience: number): Promise<void>;
}

/** As the consumer's `caughtUp`; where another process consumes, by what the bus says. */
export async function caughtUp(bus: Bus, consumer: Consumer | undefined, patience: number): Promise<void> {
  if (consumer) return consumer.caughtUp(patience);
  const end = performance.now() + patience;
  await pause(2 * linger);
  while (performance.now() < end && (await lagWithin(bus, patience)) > 0) await pause(20);
}

/** 0 where the bus does not say in time: then the trail is answered as far as it goes. */
async function lagWithin(bus: Bus, patience: number): Promise<number> {
  const lag = bus.lag(group, topics).catch(() => 0);
  return Promise.race([lag, pause(patience, 0, { ref: false })]);
}

/**
 * Consumes every topic, each by a member of the group of its own, so that a message that cannot be read holds up its
 * topic only and the others' batches join. At most 500 messages of each wait at a time.
 */
export async function consumeAll(
  bus: Bus,
  sequencer: Pick<Sequencer, 'add' | 'hurry'>,
  open: DetailOpener,
): Promise<Consumer> {
  let handled = 0;
  const handle = async (batch: Received[]) => {
    await sequencer.add(await inSlices(batch, (message) => arrivalOf(message, open)));
    handled += batch.length;
  };
  const members = await Promise.all(topics.map((topic) => bus.subscribe({ group, topics: [topic], handle })));
  return {
    async caughtUp(patience) {
      const end = performance.now() + patience;
      await pause(2 * linger);
      const enough = handled + (await lagWithin(bus, patience));
      while (handled < enough && performance.now() < end) {
        sequencer.hurry();
        await pause(5);
      }
    },
    async stop() {
      await Promise.all(members.map((member) => member.stop()));
    },
  };
}
