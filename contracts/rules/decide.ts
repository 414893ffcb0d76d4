import type { Residual } from './residual.ts';
import type { ConsentState, Deployment, Question } from './state.ts';

/** The answer; never a bare boolean. */
export interface Decision {
  /** False: nothing at all may be answered. */
  permit: boolean;
  /** Which resources remain. */
  residual: Residual;
  /** What it rests on, the deciding one first: `Consent/<id>/_history/<version>` or `rule:<n>`. */
  basis: string[];
  /** The purpose that decided: BTG under break-glass. */
  purpose: string;
  /** Id of the declaration, where the answer was given under break-glass. */
  breakGlass?: string;
  /** The earliest time at which the clock alone could change the answer, milliseconds since the epoch. */
  validUntil?: number;
}

export type Decide = (state: ConsentState, question: Question, deployment: Deployment) => Decision;
