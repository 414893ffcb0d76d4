import { type Answered, answerCount, type CountAnswer, difference } from '../counts/answer.ts';
import { type CountRule, roundedTo } from '../counts/rule.ts';

/** Answers how many people there are, as it may be told; remembers what it must. */
export type Counter = (people: readonly string[]) => CountAnswer;

/** Suppresses and rounds; a set that differs from an answered one by fewer people than the floor gets that one's answer. */
export function roundingCounter(floor: number): Counter {
  const answered: Answered[] = [];
  return (people) => {
    const near = answered.find((other) => difference(new Set(people), other.people) < floor);
    if (near) return near.answer;
    const count = Math.round(people.length / roundedTo) * roundedTo;
    const answer = people.length < 8 ? { fewerThan: 8 } : { count };
    answered.push({ people: new Set(people), answer });
    return answer;
  };
}

/** The service's own. @param key 32 bytes */
export function perturbingCounter(key: Uint8Array, rule: CountRule): Counter {
  const earlier: Answered[] = [];
  return (people) => {
    const answer = answerCount(key, people, rule, earlier);
    earlier.push({ people: new Set(people), answer });
    return answer;
  };
}

/**
 * What an attacker can ask who knows everybody's records but the target's, and wants to know whether the target meets a
 * condition: of the other people, those from one number to another are counted.
 */
export interface Questions {
  /** These, and the target where they meet the condition. */
  either(from: number, to: number): CountAnswer;
  /** These alone. */
  others(from: number, to: number): CountAnswer;
  /** Everybody but these. */
  allBut(from: number, to: number): CountAnswer;
}

/** Whether the target meets the condition, in the attacker's opinion, after at most so many questions. */
export type Guess = (ask: Questions, budget: number, floor: number) => boolean;

/** Trackers (Denning et al. 1979) and what else is made of a floor on change. */
export const trackers: Record<string, Guess> = {
  /** The condition, or-ed with ever other people who are known to be counted: the surplus is averaged. */
  averaging: ({ either }, budget) =>
    sum(starts(budget).map((from) => surplus(either(from, from + size), size))) > budget / 2,
  /** The same people with and without the one who alone has some attribute: is the answer the same? */
  'sameness of answers': ({ either, others }, budget) =>
    starts(budget >> 1).some((from) => !same(others(from, from + size), either(from, from + size))),
  /** |C or T| + |C or not T| − |T| − |not T|, each time with another T. */
  'and, or, not': ({ either, others, allBut }, budget) =>
    starts(budget >> 2).some((from) => {
      const [t, not] = [others(from, from + size), allBut(from, from + size)];
      return (
        surplus(either(from, from + size), 0) + surplus(allBut(from, from + size), 0) !==
        surplus(t, 0) + surplus(not, 0)
      );
    }),
  /** One person fewer has come than would change the answer: did it? */
  'edge of the floor': ({ either, others }, budget, floor) =>
    starts(budget >> 1).some((from) => !same(others(from, from + size), either(from, from + size + floor - 1))),
};

/** By how many points an attacker is right more often than a coin; half of the targets meet the condition. */
export function advantage(
  guess: Guess,
  counter: (trial: number) => Counter,
  { budget, floor, trials }: { budget: number; floor: number; trials: number },
): number {
  let right = 0;
  for (let trial = 0; trial < trials; trial++) {
    const meets = trial % 2 === 0;
    if (guess(questions(counter(trial), meets), budget, floor) === meets) right++;
  }
  return (100 * right) / trials - 50;
}

const people = Array.from({ length: 1000 }, (_, index) => `p${index}`);
const target = 'target';

function questions(count: Counter, meets: boolean): Questions {
  const some = (from: number, to: number) => people.slice(from, to);
  return {
    either: (from, to) => count(meets ? [...some(from, to), target] : some(from, to)),
    others: (from, to) => count(some(from, to)),
    allBut: (from, to) => count([...people.slice(0, from), ...people.slice(to), target]),
  };
}

/** One more person, and rounding tips over. */
const size = 102;
/** Where sets begin that share nobody, and leave room for a floor. */
const starts = (count: number): number[] => Array.from({ length: count }, (_, index) => 240 * index);
const surplus = (answer: CountAnswer, over: number): number => ('count' in answer ? answer.count : 0) - over;
const same = (one: CountAnswer, other: CountAnswer): boolean => JSON.stringify(one) === JSON.stringify(other);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
