import { type Answered, answerCount, type CountAnswer, roundedTo, suppressedBelow } from '../counts/answer.ts';

/** Answers how many people there are, as it may be told; remembers what it must. */
export type Counter = (people: readonly string[]) => CountAnswer;

/** Suppresses and rounds, and nothing else. */
export const roundingCounter: Counter = ({ length }) =>
  length < suppressedBelow ? { fewerThan: suppressedBelow } : { count: Math.round(length / roundedTo) * roundedTo };

/** The service's own: cell keys, and a floor on change. @param key 32 bytes */
export function cellKeyCounter(key: Uint8Array): Counter {
  const earlier: Answered[] = [];
  return (people) => {
    const { answer, fresh } = answerCount(key, people, earlier);
    if (fresh) earlier.push(fresh);
    return answer;
  };
}

/**
 * A tracker (Denning et al. 1979) on one person: the condition of interest or-ed with more and more people of whom the
 * attacker knows that they are counted, once with and once without the person. Where the two answers differ, the
 * person meets the condition. It needs to reach the edge of the floor on change: equal sets always have equal answers, so
 * that two answers that differ are proof, and only the budget of questions keeps it small.
 * @param known people who are surely counted
 */
export function tracks(ask: Counter, meets: boolean, target: string, known: readonly string[]): boolean {
  return known.some((_, padding) => {
    const padded = known.slice(0, padding);
    const [with_, without] = [ask(meets ? [...padded, target] : padded), ask(padded)];
    return JSON.stringify(with_) !== JSON.stringify(without);
  });
}
