import { createHmac } from 'node:crypto';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import { type Answered, answerCount } from '../counts/answer.ts';
import type { CountRule } from '../counts/rule.ts';
import type { Told } from '../domain/cohort.ts';
import type { PeopleCounted } from '../domain/event.ts';
import type { Plan } from './changes.ts';
import type { ResearchLog } from './log.ts';

/** The memory of all numbers of people that were told to a study; as long as its budget of questions lets it become. */
export interface Counted {
  /**
   * What may be told to a study of a number of patients, and what must be appended before it is told: rivals that were
   * counted at the same time lose the race for the stream, and are answered anew.
   */
  answer(
    study: string,
    patients: Iterable<string>,
    rule: CountRule,
  ): Promise<{ answer: Told } & Required<Pick<Plan, 'also'>>>;
}

const streamOf = (study: string): string => `counts/${study}`;
const owner = 'counts';
/** Hex digits of a pseudonym: 64 bits tell millions of people apart. */
const digits = 16;

/** @param key secret of the deployment, 32 bytes */
export function counted(log: ResearchLog, keyring: Keyring, key: Uint8Array): Counted {
  return {
    async answer(study, patients, rule) {
      const people = new Set([...patients].map((patient) => keyring.mac(`person/${patient}`).slice(0, digits)));
      const past = (await log.read(streamOf(study))).map(({ event }) => event as PeopleCounted);
      const studyKey = createHmac('sha256', key).update(`study/${study}`).digest();
      const answer = answerCount(studyKey, people, rule, past.map(answered));
      const counted: PeopleCounted = { type: 'PeopleCounted', people: packed(people), answer };
      if (past.some((other) => other.people === counted.people)) return { answer, also: [] };
      return { answer, also: [{ stream: streamOf(study), expected: past.length, owner, events: [counted] }] };
    },
  };
}

const packed = (people: ReadonlySet<string>): string =>
  Buffer.from([...people].sort().join(''), 'hex').toString('base64');

/** Unpacked when it is looked at: all sets of a study at once would be many people. */
const answered = ({ people, answer }: PeopleCounted): Answered => ({
  answer,
  get people() {
    const all = Buffer.from(people, 'base64').toString('hex');
    return new Set(Array.from({ length: all.length / digits }, (_, at) => all.slice(at * digits, (at + 1) * digits)));
  },
});
