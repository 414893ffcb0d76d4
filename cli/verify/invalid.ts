import { Failure } from '../../kernel/errors.ts';

/** What was verified does not hold; says where the first difference is. */
export const invalid = (problem: string) => new Failure('invalid', `${problem[0]!.toUpperCase()}${problem.slice(1)}.`);
