import type { EndReason } from '../../../contracts/agreement.ts';
import { problemOf, type Terms } from '../../../contracts/rules/terms.ts';
import { Failure } from '../../../kernel/errors.ts';
import {
  type Stated,
  type Told,
  type TransferCommand,
  type TransferEvent,
  type Transfers,
  transfers,
  type Untold,
} from './transfer.ts';

export interface AgreementProposed extends Told {
  type: 'AgreementProposed';
  patient: string;
  /** The organisation that asks. */
  requester: string;
  terms: Terms;
}
export interface AgreementAccepted extends Told {
  type: 'AgreementAccepted';
  /** By the patient's own word, or by a consent that stood. */
  how: 'patient' | 'standing';
  /** The consent that it rests on: granted with it, or the one that stood. */
  consent: string;
}
export interface AgreementEnded extends Told {
  type: 'AgreementEnded';
  reason: EndReason;
  /** Until when the recipient is to say that it has deleted what it received; left out: it received nothing. */
  eraseBy?: number;
}
export interface DeletionOverdue extends Told {
  type: 'DeletionOverdue';
}
export interface DeletionAttested extends Told {
  type: 'DeletionAttested';
  /** In the words of whoever attests. */
  text: string;
}
export type AgreementEvent =
  | AgreementProposed
  | AgreementAccepted
  | AgreementEnded
  | DeletionOverdue
  | DeletionAttested
  | TransferEvent;

export type AgreementCommand =
  | ({ type: 'propose' } & Omit<AgreementProposed, 'type'>)
  | ({ type: 'accept' } & Omit<AgreementAccepted, 'type' | 'custodian'>)
  | ({ type: 'end'; reason: EndReason; grace: number } & Stated)
  | ({ type: 'remind' } & Stated)
  | ({ type: 'attest'; text: string } & Stated)
  | TransferCommand;

/** What one agreement has come to. */
export interface Agreement {
  /** Of the stream. */
  version: number;
  status: 'proposed' | 'accepted' | 'ended';
  proposal: Omit<AgreementProposed, 'type'>;
  acceptance?: Omit<AgreementAccepted, 'type'>;
  end?: Omit<AgreementEnded, 'type'>;
  overdue?: boolean;
  attestation?: Omit<DeletionAttested, 'type'>;
  transfers: Transfers;
}

/** Stream `agreement/<id>`: one organisation asks another for a patient's data. Undefined: there is none. */
export const agreement = { initial: undefined as Agreement | undefined, decide, evolve };

export const noAgreement = () => new Failure('not-found', 'There is no such agreement, or it is not yours to see.');

function decide(command: AgreementCommand, state: Agreement | undefined): AgreementEvent[] {
  if (command.type === 'propose') return propose(command, state);
  if (!state) throw noAgreement();
  const { custodian } = state.proposal;
  return decideKnown(command, state).map((event) => ({ ...event, custodian }) as AgreementEvent);
}

type Command<T extends AgreementCommand['type']> = Extract<AgreementCommand, { type: T }>;
type Said = Untold<AgreementEvent>;

function decideKnown(command: Exclude<AgreementCommand, { type: 'propose' }>, state: Agreement): Said[] {
  switch (command.type) {
    case 'accept': {
      const { type: _, ...accepted } = command;
      if (state.status === 'accepted') return [];
      if (state.status === 'ended') throw new Failure('business-rule', 'The agreement has ended: ask for a new one.');
      if (command.at >= state.proposal.terms.until)
        throw new Failure('business-rule', 'The period of the agreement is over.');
      return [{ ...accepted, type: 'AgreementAccepted' }];
    }
    case 'end':
      return end(command, state);
    case 'remind':
      return isLate(state, command.at) && !state.overdue
        ? [{ type: 'DeletionOverdue', at: command.at, by: command.by }]
        : [];
    case 'attest':
      return attest(command, state);
    default:
      return transfers.decide(command, state.transfers, state.proposal.terms);
  }
}

/** Proposed twice with the same terms is the same agreement. */
function propose({ type: _, ...proposal }: Command<'propose'>, state?: Agreement): AgreementEvent[] {
  const { requester, custodian, terms, at, by } = proposal;
  if (state) {
    const same = ({ at: _at, by: _by, ...rest }: Omit<AgreementProposed, 'type'>) => JSON.stringify(rest);
    if (same(state.proposal) === same(proposal)) return [];
    throw new Failure('business-rule', 'This Idempotency-Key was used for another request: choose a new one.');
  }
  if (!requester || by.organization !== requester)
    throw new Failure('forbidden', 'Clinicians and systems propose, on behalf of their organisation.');
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(proposal.patient)) throw wrong('patient', 'Say whose data: the Patient id.');
  if (custodian === requester) throw wrong('custodian', 'Your organisation needs no agreement with itself.');
  const problem = problemOf(terms);
  if (problem) throw wrong(problem.term, `${problem.term}: ${problem.problem}.`);
  if (terms.until <= at) throw wrong('until', 'The period would be over already.');
  return [{ ...proposal, type: 'AgreementProposed' }];
}

const wrong = (term: string, message: string) => new Failure('value', message, { expression: [term] });

function end(command: Command<'end'>, state: Agreement): Said[] {
  const { reason, grace, at, by } = command;
  const { until, eraseAt } = state.proposal.terms;
  if (state.status === 'ended' || (reason === 'expired' && at < until)) return [];
  const received = state.transfers.done.length > 0;
  const eraseBy = reason === 'expired' ? eraseAt : Math.min(eraseAt, at + grace);
  return [{ type: 'AgreementEnded', reason, at, by, ...(received && { eraseBy }) }];
}

function attest({ text: given, at, by }: Command<'attest'>, state: Agreement): Said[] {
  const text = given.trim();
  if (!text || text.length > 1000) throw wrong('text', 'Say in 1 to 1,000 characters what was deleted, and how.');
  if (by.organization !== state.proposal.requester)
    throw new Failure('forbidden', 'The deletion is attested by the organisation that received.');
  if (state.attestation) return [];
  if (state.end?.eraseBy === undefined)
    throw new Failure('business-rule', 'There is nothing to delete: the agreement goes on, or nothing was received.');
  return [{ type: 'DeletionAttested', text, at, by }];
}

/** Whether the recipient should have attested the deletion by now, and has not. */
export const isLate = ({ end: ended, attestation }: Agreement, now: number): boolean =>
  ended?.eraseBy !== undefined && attestation === undefined && ended.eraseBy <= now;

function evolve(state: Agreement | undefined, event: AgreementEvent): Agreement | undefined {
  const { type: _, ...stated } = event;
  if (event.type === 'AgreementProposed') {
    const proposal = stated as Agreement['proposal'];
    return { version: 1, status: 'proposed', proposal, transfers: transfers.initial };
  }
  if (!state) return undefined;
  const next = { ...state, version: state.version + 1 };
  switch (event.type) {
    case 'AgreementAccepted':
      return { ...next, status: 'accepted', acceptance: stated as NonNullable<Agreement['acceptance']> };
    case 'AgreementEnded':
      return { ...next, status: 'ended', end: stated as NonNullable<Agreement['end']> };
    case 'DeletionOverdue':
      return { ...next, overdue: true };
    case 'DeletionAttested':
      return { ...next, attestation: stated as NonNullable<Agreement['attestation']> };
    default:
      return { ...next, transfers: transfers.evolve(state.transfers, event) };
  }
}
