import { type Decision, decide } from './decide.ts';
import { type Explain, explain } from './explain.ts';
import type { ConsentState, Deployment, Question } from './state.ts';
import type { Terms } from './terms.ts';

/** v3 consentaction: "gather retrieved information for storage". To look (`access`) is less. */
export const collect = 'collect';

/**
 * Whether, and what of it, data may be handed to the organisation that asks. What that organisation wrote itself needs
 * no agreement, so rule 2 plays no part.
 */
export const decideTransfer = (state: ConsentState, question: Question, deployment: Deployment): Decision =>
  decide(state, question, { ...deployment, authorReads: false });

/** Explains what `decideTransfer` decides. */
export const explainTransfer: Explain = (state, question, deployment, resources) =>
  explain(state, question, { ...deployment, authorReads: false }, resources);

/** Why a question is not one that an agreement is about; undefined where it is. */
export function misfitOf(question: Question, requester: string, terms: Terms): string | undefined {
  const { actor, action, purpose, mandates, at } = question;
  if (actor.organization !== requester) return 'Another organisation asked for the agreement.';
  if (actor.role !== terms.recipientRole) return 'The agreement is for recipients of another role.';
  if (actor.patient !== undefined || mandates !== undefined) return 'Nobody receives by being the patient.';
  if (action !== collect) return 'The agreement is about collecting.';
  if (purpose !== terms.purpose) return 'The agreement is for another purpose.';
  if (at < terms.from) return 'The period of the agreement has not begun.';
  if (at >= terms.until) return 'The period of the agreement is over.';
  return undefined;
}
