import { type Agreement, refused, transferOf } from './agreement.ts';
import { canonical } from './canonical.ts';
import { type Input, member, text, texts } from './input.ts';
import { commitment, opened, saltOf, unhashed } from './opened.ts';
import { type Head, headKey, settingsHash } from './policy.ts';
import type { ConsentState, Deployment, Question } from './rules/state.ts';
import type { Terms } from './rules/terms.ts';
import { decideTransfer, misfitOf } from './rules/transfer.ts';
import type { ContractState } from './state.ts';
import { termsOf } from './terms.ts';

/** The terms, where they are those that were agreed to. */
export const openTerms = (state: ContractState, { terms }: Pick<Agreement, 'terms'>): Terms =>
  termsOf(opened(state, 'terms', terms, 'These are not the terms of the agreement.'));

/** A question as it came, without its time: the contract asks it at the transaction's. */
export type TimelessQuestion = Omit<Question, 'at'>;

/** Nothing of it but what a recipient's question has. Throws ContractRefusal `invalid`. */
export function questionOf(input: Input): TimelessQuestion {
  const actor = member(input, 'actor');
  return {
    patient: text(input, 'patient', word.pattern, word.what),
    actor: {
      subject: text(actor, 'subject', word.pattern, word.what),
      organization: text(actor, 'organization', word.pattern, word.what),
      role: text(actor, 'role', word.pattern, word.what),
      careTeams: texts(actor, 'careTeams', word.pattern, word.what, 1_000),
    },
    action: text(input, 'action', word.pattern, word.what),
    purpose: text(input, 'purpose', word.pattern, word.what),
  };
}

const word = { pattern: /^\S{1,300}$/, what: 'an id or a code' };

/** What the rules say of the transfer that is asked for. */
export async function decided(state: ContractState, agreement: Agreement, terms: Terms, asked: TimelessQuestion) {
  const stored = await state.other('consent', headKey(agreement.policy));
  if (stored === undefined) throw refused('conflict', 'No policy of this patient is recorded.');
  const head: Head = JSON.parse(stored);
  if (head.organization !== state.caller) throw refused('forbidden', 'Another organisation records the policy.');
  const policy = opened(state, 'policy', head.hash, `The policy is not the newest, version ${head.version}.`);
  const deployment = unhashed(state, 'deployment') as unknown as Deployment;
  if (settingsHash(deployment) !== head.settings)
    throw refused('conflict', 'The settings are not those that the policy is recorded under.');
  const question = { ...asked, at: state.time };
  if (question.patient !== policy.patient) throw refused('forbidden', 'The question is about another patient.');
  const misfit = misfitOf(question, agreement.requester, terms);
  if (misfit !== undefined) throw refused('forbidden', misfit);
  const decision = decideTransfer(policy as unknown as ConsentState, question, deployment);
  if (!decision.permit) throw refused('forbidden', 'The consents in force do not let this be handed over.');
  return { verdict: commitment(saltOf(state, 'verdict'), canonical(decision)), head: head.version };
}

/** Of the transfers within the window, the limit-th from the end must lie before it. */
export async function requireFrequency(
  state: ContractState,
  agreement: Agreement,
  { frequency }: Terms,
): Promise<void> {
  const { transfers, window } = frequency;
  if (agreement.transfers < transfers) return;
  const { time } = await transferOf(state, agreement, agreement.transfers - transfers + 1);
  if (time > state.time - window) throw refused('forbidden', 'The agreement allows no further transfer yet.');
}
