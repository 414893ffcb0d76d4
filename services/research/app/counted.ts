import type { Keyring } from '../../../kernel/keys/keyring.ts';
import { type Answered, answerCount } from '../counts/answer.ts';
import type { Told } from '../domain/cohort.ts';
import type { PeopleCounted } from '../domain/event.ts';
import type { Plan } from './changes.ts';
import type { ResearchLog } from './log.ts';

/** The memory of all numbers of people that were ever told. */
export interface Counted {
  /**
   * What may be told of a number of patients, and what must be appended before it is told: rivals that were counted at
   * the same time lose the race for the stream, and are answered anew.
   */
  answer(patients: Iterable<string>): Promise<{ answer: Told; also: NonNullable<Plan['also']> }>;
}

const stream = 'counts';
const owner = 'counts';
/** Hex digits of a pseudonym: 96 bits tell all people apart. */
const digits = 24;

/** @param key secret of the deployment, 32 bytes */
export function counted(log: ResearchLog, keyring: Keyring, key: Uint8Array): Counted {
  let sets: Answered[] = [];

  /** As many sets as there are; those that are known stay as they are. */
  async function earlier(): Promise<readonly Answered[]> {
    const news = await log.read(stream, { from: sets.length + 1 });
    const found = news.map(({ version, event }) => ({ version, ...(event as PeopleCounted) }));
    const fresh = found.filter(({ version }) => version > sets.length);
    sets = [...sets, ...fresh.map(({ people, answer }) => ({ people: new Set(people), answer }))];
    return sets;
  }

  return {
    async answer(patients) {
      const pseudonyms = [...patients].map((patient) => keyring.mac(`person/${patient}`).slice(0, digits));
      const known = await earlier();
      const { answer, fresh } = answerCount(key, pseudonyms, known);
      if (!fresh) return { answer, also: [] };
      const event: PeopleCounted = { type: 'PeopleCounted', people: [...fresh.people].sort(), answer };
      return { answer, also: [{ stream, expected: known.length, owner, events: [event] }] };
    },
  };
}
