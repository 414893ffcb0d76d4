import { Failure } from '../errors.ts';

/** For `catch`: undefined in place of what was sealed under a key that is destroyed; every other error goes on. */
export function undefinedWhereErased(error: unknown): undefined {
  if (!(error instanceof Failure && error.code === 'deleted')) throw error;
}
