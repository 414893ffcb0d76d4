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
 * Decides as an answer to a clinician must: with a declaration in force, a question about treatment is put for BTG
 * too, and what either permits remains; one for BTG is put for TREAT too, since an emergency must not show less.
 * Where break-glass adds nothing, the answer is the plain one.
 */
export const decideWithBreakGlass: Decide = (state, question, deployment) => inEmergency(state, question, deployment);

/** The same, with every step written to the trail where there is one. */
export function inEmergency(state: ConsentState, question: Question, deployment: Deployment, trail?: Trail): Decision {
  const declarations = isCare(question) ? state.declarations.filter((each) => isComing(each, question)) : [];
  if (!declarations.some((each) => isInForce(each, question.at))) {
    const decision = walk(state, question, deployment, trail);
    return { ...decision, ...earliest(decision.validUntil, ...declarations.map(({ from }) => from)) };
  }
  const purpose = question.purpose === breakGlass ? 'TREAT' : question.purpose;
  const plain = walk(state, { ...question, purpose }, deployment, trail);
  if (permitsEverything(plain.residual)) return plain;
  trail?.noted('rule:7', 'An emergency is declared, so the question is put for break-glass too.');
  return union(plain, walk(state, { ...question, purpose: breakGlass }, deployment, trail));
}

/** Of the asker, and not over yet. */
const isComing = ({ clinician, until }: Declaration, { actor, at }: Question) =>
  clinician === actor.subject && at < until;

function union(plain: Decision, emergency: Decision): Decision {
  const until = earliest(plain.validUntil, emergency.validUntil);
  const known = new Set(plain.residual.any.map((entry) => JSON.stringify(entry)));
  const added = emergency.residual.any.filter((entry) => !known.has(JSON.stringify(entry)));
  if (added.length === 0) return { ...plain, ...until };
  return {
    ...emergency,
    residual: { ...emergency.residual, any: [...plain.residual.any, ...added] },
    basis: [...new Set([...emergency.basis, ...plain.basis])],
    ...until,
  };
}

function earliest(...times: (number | undefined)[]): { validUntil?: number } {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? { validUntil: Math.min(...known) } : {};
}
