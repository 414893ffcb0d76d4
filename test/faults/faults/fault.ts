import type { Random } from '../../../demo/random.ts';
import type { EngineName } from '../../../deploy/native/engines.ts';
import { eventually } from '../../../deploy/native/waiting.ts';
import type { Feed } from '../feed.ts';
import type { Journal } from '../load/journal.ts';
import type { FaultyPlatform } from '../platform.ts';

/** What a fault is given to break. */
export interface Stage {
  platform: FaultyPlatform;
  feed: Feed;
  journal: Journal;
  random: Random;
}

/** Something that goes wrong while everybody works. */
export interface Fault {
  name: string;
  /** What it cannot do without. */
  needs?: 'disks';
  /** Breaks it, and brings back what it killed. Resolves to what the seed chose, where it had a choice, else ''. */
  inject(stage: Stage): Promise<string>;
}

/** How long what was killed may take until it serves again, milliseconds. */
const patience = 180_000;

/** Starts whatever has ended, again and again as a supervisor does: what it needs may not be back yet. */
export function supervised({ services }: FaultyPlatform): Promise<void> {
  return eventually('the services', patience, () =>
    services.revive().catch((error: Error) => {
      throw new Error(error.message); // not hopeless: the next try may succeed
    }),
  );
}

/** Starts what was killed of an engine, and waits until it serves; however slow the machine is. */
export async function startAgain({ platform }: Stage, engine: EngineName): Promise<void> {
  await eventually(engine, patience, async () => void (await platform.engines.up(engine)));
}

/** Resolves when so many operations more were acknowledged, or after `patience` milliseconds: nothing may go on. */
export async function meanwhile({ journal }: Stage, more: number, patience = 5_000): Promise<void> {
  const wanted = journal.count() + more;
  await eventually('the load', patience, async () => {
    if (journal.count() < wanted) throw new Error('nothing goes on');
  }).catch(() => {});
}
