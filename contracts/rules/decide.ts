import { permitsEverything, type Residual } from './residual.ts';
import { type ConsentState, type Declaration, type Deployment, isInForce, type Question } from './state.ts';
import type { Trail } from './trail.ts';
import { breakGlass, isCare } from './vocabulary.ts';
import { walk } from './walk.ts';

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

/** Decides for exactly the purpose that is asked; BTG needs a declaration of the asker that is in force. */
export const decide: Decide = (state, question, deployment) => walk(state, question, deployment);

/**
 * Decides as an answer to a clinician must: with a declaration in force, what is permitted for BTG is added to what is
 * permitted for treatment, and the other way round, since an emergency must not show less. Where the added purpose
 * brings nothing, the answer is the one for the purpose that is asked.
 */
export const decideWithBreakGlass: Decide = (state, question, deployment) => inEmergency(state, question, deployment);

/** The same, with every step written to the trail where there is one. */
export function inEmergency(state: ConsentState, question: Question, deployment: Deployment, trail?: Trail): Decision {
  const asked = walk(state, question, deployment, trail);
  const declarations = isCare(question) ? state.declarations.filter((each) => isComing(each, question)) : [];
  if (!declarations.some((each) => isInForce(each, question.at)))
    return { ...asked, ...earliest(asked.validUntil, ...declarations.map(({ from }) => from)) };
  if (permitsEverything(asked.residual)) return asked;
  const purpose = question.purpose === breakGlass ? 'TREAT' : breakGlass;
  trail?.noted('rule:7', `An emergency is declared, so what is permitted for ${purpose} counts too.`);
  return union(asked, walk(state, { ...question, purpose }, deployment, trail));
}

/** Of the asker, and not over yet. */
const isComing = ({ clinician, until }: Declaration, { actor, at }: Question) =>
  clinician === actor.subject && at < until;

function union(asked: Decision, other: Decision): Decision {
  const until = earliest(asked.validUntil, other.validUntil);
  const known = new Set(asked.residual.any.map((entry) => JSON.stringify(entry)));
  const added = other.residual.any.filter((entry) => !known.has(JSON.stringify(entry)));
  if (added.length === 0) return { ...asked, ...until };
  const [emergency, plain] = asked.purpose === breakGlass ? [asked, other] : [other, asked];
  return {
    ...emergency,
    permit: true,
    residual: { ...emergency.residual, any: [...asked.residual.any, ...added] },
    basis: [...new Set([...emergency.basis, ...plain.basis])],
    ...until,
  };
}

function earliest(...times: (number | undefined)[]): { validUntil?: number } {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? { validUntil: Math.min(...known) } : {};
}
