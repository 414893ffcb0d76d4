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
 * person meets the condition. The service's own counter is safe from it only where all these sets lie within the floor on
 * change of one answered set. Who asks for a set, and then for one that is larger by one person fewer than the floor and by
 * the target, reads the target off two questions: the answer stays where the target does not meet the condition, and moves
 * nearly always where they do. No budget of questions hinders that.
 * @param known people who are surely counted
 */
export function tracks(ask: Counter, meets: boolean, target: string, known: readonly string[]): boolean {
  return known.some((_, padding) => {
    const padded = known.slice(0, padding);
    const [with_, without] = [ask(meets ? [...padded, target] : padded), ask(padded)];
    return JSON.stringify(with_) !== JSON.stringify(without);
  });
}
