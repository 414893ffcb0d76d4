import { Failure, WrongVersion } from '../errors.ts';
import type { Recorded, SealedStore } from './sealed.ts';

/** An aggregate: what may happen (`decide`) and what it then is (`evolve`). Pure, synchronous, total. */
export interface Decider<C, E, S> {
  initial: S;
  decide(command: C, state: S): E[];
  evolve(state: S, event: E): S;
}

export interface Handled<E, S> {
  state: S;
  version: number;
  recorded: Recorded<E>[];
}

/**
 * Read → reduce → decide → append. A lost race is decided anew once, on what the winner left behind.
 * @param options.expected the version that the client saw: then no retry, and Failure `precondition-failed` where it moved
 */
export async function handle<C, E extends { type: string }, S>(
  log: SealedStore<E>,
  decider: Decider<C, E, S>,
  stream: string,
  owner: string,
  command: C,
  options: { expected?: number } = {},
): Promise<Handled<E, S>> {
  const attempt = async (): Promise<Handled<E, S>> => {
    const past = await log.read(stream);
    if (options.expected !== undefined && past.length !== options.expected) throw moved();
    const state = past.reduce((sum, { event }) => decider.evolve(sum, event), decider.initial);
    const events = decider.decide(command, state);
    if (events.length === 0) return { state, version: past.length, recorded: [] };
    const recorded = await log.append([{ stream, expected: past.length, owner, events }]);
    return { state: events.reduce(decider.evolve, state), version: past.length + events.length, recorded };
  };
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof WrongVersion)) throw error;
    if (options.expected !== undefined) throw moved();
    return attempt();
  }
}

const moved = () => new Failure('precondition-failed', 'This was changed since you read it; read it again and retry.');
