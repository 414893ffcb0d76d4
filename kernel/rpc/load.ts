import { Failure } from '../errors.ts';

/** How many calls a server has in hand at most. */
export interface Limits {
  unary: number;
  streams: number;
}

export const defaultLimits: Limits = { unary: 1_000, streams: 1_000 };

/**
 * Sheds load: what is over the limit is refused at once, before any work, so that what is in hand is still answered in
 * time.
 * @returns `enter`, which counts a call in and returns what counts it out; throws Failure `throttled` over the limit
 */
export function admission(limit: number): () => () => void {
  let inHand = 0;
  return () => {
    if (inHand >= limit) throw new Failure('throttled', 'Too many calls at once; retry later.');
    inHand += 1;
    return () => {
      inHand -= 1;
    };
  };
}
