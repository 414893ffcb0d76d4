import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';

export interface BreakGlassSuspended {
  type: 'BreakGlassSuspended';
  clinician: string;
  organization: string;
  /** Whose review found it unjustified. */
  declaration: string;
  by: Agent;
}
export interface SuspensionLifted {
  type: 'SuspensionLifted';
  clinician: string;
  organization: string;
  reason: string;
  by: Agent;
}
export type SuspensionEvent = BreakGlassSuspended | SuspensionLifted;

export type SuspensionCommand =
  | ({ type: 'suspend' } & Omit<BreakGlassSuspended, 'type'>)
  | { type: 'lift'; clinician: string; reason: string; by: Agent };

/** The organisation that suspended each clinician; undefined: break-glass is open to them. */
export interface Suspension {
  organization?: string;
}

/** An unjustified verdict closes break-glass to a clinician, for every patient, until a privacy officer lifts it. */
export const suspension = { initial: {} as Suspension, decide, evolve };

function decide(command: SuspensionCommand, { organization }: Suspension): SuspensionEvent[] {
  if (command.type === 'suspend') {
    const { type: _, ...terms } = command;
    return organization ? [] : [{ type: 'BreakGlassSuspended', ...terms }];
  }
  const { clinician, by } = command;
  const reason = command.reason.trim();
  if (!reason) throw new Failure('required', 'Say why it is lifted.', { expression: ['reason'] });
  if (by.role !== 'privacy-officer' || by.subject === clinician) {
    throw new Failure('forbidden', "A suspension is lifted by a privacy officer of the clinician's organisation.");
  }
  if (!organization || organization !== by.organization) {
    throw new Failure('not-found', 'Your organisation has not suspended this clinician.');
  }
  return [{ type: 'SuspensionLifted', clinician, organization, reason, by }];
}

function evolve(_state: Suspension, event: SuspensionEvent): Suspension {
  return event.type === 'BreakGlassSuspended' ? { organization: event.organization } : {};
}
