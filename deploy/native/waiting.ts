import { setTimeout as pause } from 'node:timers/promises';

/** Trying again is of no use. */
export class Hopeless extends Error {}

/** Tries until `attempt` resolves. Throws what is `Hopeless` at once, and an Error with the last reason after `patience` milliseconds. */
export async function eventually(what: string, patience: number, attempt: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + patience; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      if (Date.now() > deadline) throw new Error(`${what} is not ready after ${patience / 1000} s: ${error}`);
      await pause(50);
    }
  }
}
