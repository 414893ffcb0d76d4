import { Failure, type Issue, WrongVersion } from '../../../kernel/errors.ts';
import type { Interaction } from './interaction.ts';

/**
 * What went wrong with one write, told with its place in the bundle: `Bundle.entry[3].resource.status`. Errors that are
 * about no bundle, a lost race, and what is no Failure stay as they are.
 */
export function placed(error: unknown, { entry }: Pick<Interaction, 'entry'>): unknown {
  if (entry === undefined || !(error instanceof Failure) || error instanceof WrongVersion) return error;
  const issues = error.issues.map((issue): Issue => ({ ...issue, expression: expressionsOf(issue, entry) }));
  return new Failure(error.code, `${entry}: ${error.message}`, { cause: error, issues });
}

function expressionsOf({ expression = [] }: Issue, entry: string): string[] {
  return expression.length === 0 ? [entry] : expression.map((path) => placeIn(entry, path));
}

/** Paths begin with the resource's type; whatever else they name is no element: then the entry is the place. */
export const placeIn = (entry: string | undefined, path: string): string => {
  if (entry === undefined) return path;
  return /^[A-Z]/.test(path) ? path.replace(/^\w+/, `${entry}.resource`) : entry;
};
