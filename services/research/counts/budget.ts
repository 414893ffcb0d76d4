import { Failure } from '../../../kernel/errors.ts';

/** How many questions a researcher may ask for one study. */
export interface Budget {
  questions: number;
  /** Within so many milliseconds; the oldest question is free again when they have passed. */
  window: number;
}

/**
 * What is left of a budget after one more question. Every question costs the same, one whose people were counted before
 * as well: that it were free would tell that they are the same people.
 * @param asked when the researcher asked before for this study, milliseconds since the epoch, in any order
 * @throws Failure `throttled` where nothing is left
 */
export function spendQuestion(asked: readonly number[], budget: Budget, at: number): { left: number } {
  const recent = asked.filter((time) => time > at - budget.window);
  if (recent.length < budget.questions) return { left: budget.questions - recent.length - 1 };
  const free = recent.sort((a, b) => a - b)[recent.length - budget.questions];
  const when = free === undefined ? '' : ` The next is free at ${new Date(free + budget.window).toISOString()}.`;
  throw new Failure('throttled', `The questions of this study are used up: ${budget.questions} at a time.${when}`);
}
