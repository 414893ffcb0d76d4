/** Kleene's logic: `undefined` is "the record does not tell". Nobody joins a cohort on what is not told. */
export type Truth = boolean | undefined;

export function all(truths: Iterable<Truth>): Truth {
  let result: Truth = true;
  for (const truth of truths) {
    if (truth === false) return false;
    if (truth === undefined) result = undefined;
  }
  return result;
}

export function any(truths: Iterable<Truth>): Truth {
  let result: Truth = false;
  for (const truth of truths) {
    if (truth === true) return true;
    if (truth === undefined) result = undefined;
  }
  return result;
}

export const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);
