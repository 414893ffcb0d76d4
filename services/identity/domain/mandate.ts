import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';

export const mandateKinds = ['parent', 'guardian', 'delegate'] as const;
export type MandateKind = (typeof mandateKinds)[number];

export interface MandateRecorded {
  type: 'MandateRecorded';
  kind: MandateKind;
  /** Person who acts. */
  subject: string;
  /** Patient id of whom the person acts for. */
  patient: string;
  /** Milliseconds since the epoch; in force from `from` until before `until`, for ever where there is none. */
  from: number;
  until?: number;
  by: Agent;
}
export interface MandateRevoked {
  type: 'MandateRevoked';
  /** Of the mandate that it ends: the audit trail tells both. */
  patient: string;
  by: Agent;
}
export type MandateEvent = MandateRecorded | MandateRevoked;

export type MandateCommand =
  | (Omit<MandateRecorded, 'type' | 'kind'> & { type: 'record'; kind: string })
  | { type: 'revoke'; by: Agent };

type Terms = Omit<MandateRecorded, 'type' | 'by'>;
export type Mandate = { status: 'none' } | ({ status: 'recorded' | 'revoked' } & Terms);

/** The right of a person to act for a patient, for a time, until it is revoked. */
export const mandate = { initial: { status: 'none' } as Mandate, decide, evolve };

/** Whether the mandate lets its subject act at `now`. */
export function inForce(state: Mandate, now: number): boolean {
  return state.status === 'recorded' && state.from <= now && (state.until === undefined || now < state.until);
}

function decide(command: MandateCommand, state: Mandate): MandateEvent[] {
  switch (command.type) {
    case 'record':
      return record(command, state);
    case 'revoke':
      if (state.status === 'none') throw new Failure('not-found', 'There is no such mandate.');
      if (state.status === 'revoked') return [];
      return [{ type: 'MandateRevoked', patient: state.patient, by: command.by }];
    default:
      return command satisfies never;
  }
}

function record(command: Extract<MandateCommand, { type: 'record' }>, state: Mandate): MandateEvent[] {
  if (state.status !== 'none') throw new Failure('duplicate', 'This mandate is already recorded.');
  if (!command.subject) throw missing('subject', 'Say who acts: the id of a registered person.');
  if (!command.patient) throw missing('patient', 'Say for whom: a Patient id.');
  if (command.until !== undefined && command.until <= command.from) {
    throw new Failure('value', 'A mandate ends after it begins.', { expression: ['until'] });
  }
  return [{ ...command, type: 'MandateRecorded', kind: kindOf(command.kind) }];
}

function kindOf(kind: string): MandateKind {
  const found = mandateKinds.find((each) => each === kind);
  if (found) return found;
  throw new Failure('value', `A mandate is one of: ${mandateKinds.join(', ')}.`, { expression: ['kind'] });
}

const missing = (field: string, message: string) => new Failure('required', message, { expression: [field] });

function evolve(state: Mandate, event: MandateEvent): Mandate {
  switch (event.type) {
    case 'MandateRecorded': {
      const { type: _, by: __, ...terms } = event;
      return { status: 'recorded', ...terms };
    }
    case 'MandateRevoked':
      return state.status === 'none' ? state : { ...state, status: 'revoked' };
    default:
      return event satisfies never;
  }
}
