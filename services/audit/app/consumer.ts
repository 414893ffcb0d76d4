import { type Bus, type Received, type Subscription, topics } from '../../../kernel/bus/port.ts';
import type { DetailOpener } from '../../../kernel/keys/detail.ts';
import { arrivalOf } from './intake.ts';
import type { Sequencer } from './sequencer.ts';
import { inSlices } from './slices.ts';

export const group = 'audit';

/**
 * Consumes every topic, each by a member of the group of its own, so that a message that cannot be read holds up its
 * topic only and the others' batches join. At most 500 messages of each wait at a time.
 */
export async function consumeAll(
  bus: Bus,
  sequencer: Pick<Sequencer, 'add'>,
  open: DetailOpener,
): Promise<Subscription> {
  const handle = async (batch: Received[]) =>
    sequencer.add(await inSlices(batch, (message) => arrivalOf(message, open)));
  const members = await Promise.all(topics.map((topic) => bus.subscribe({ group, topics: [topic], handle })));
  return {
    async stop() {
      await Promise.all(members.map((member) => member.stop()));
    },
  };
}
