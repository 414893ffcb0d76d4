import { Failure } from '../../../kernel/errors.ts';

/** How many questions may be asked. */
export interface Budget {
  /** For one study, by all its researchers together: the noise is made for as many. */
  questions: number;
  /** By one researcher, for all their studies together. */
  each: number;
  /** Within so many milliseconds; the oldest question is free again when they have passed. */
  window: number;
}

/** When questions were asked before, milliseconds since the epoch, in any order. */
export interface Asked {
  study: readonly number[];
  researcher: readonly number[];
}

/**
 * What is left of both budgets after one more question. Every question costs the same, one whose people were counted
 * before as well: that it were free would tell that they are the same people.
 * @throws Failure `throttled` where nothing is left
 */
export function spendQuestion(asked: Asked, { questions, each, window }: Budget, at: number): { left: number } {
  const study = spend(asked.study, questions, 'this study');
  const researcher = spend(asked.researcher, each, 'all your studies together');
  return { left: Math.min(study, researcher) };

  function spend(times: readonly number[], most: number, whose: string): number {
    const recent = times.filter((time) => time > at - window);
    if (recent.length < most) return most - recent.length - 1;
    const free = recent.sort((a, b) => a - b)[recent.length - most];
    const when = free === undefined ? '' : ` The next is free at ${new Date(free + window).toISOString()}.`;
    throw new Failure('throttled', `The questions of ${whose} are used up: ${most} at a time.${when}`);
  }
}
