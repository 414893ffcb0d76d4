import type { Coding } from '../../../contracts/rules/facts.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';

interface OfDeclaration {
  id: string;
  /** How many events there have been of this declaration, with this one. */
  version: number;
  by: Agent;
}
export interface BreakGlassDeclared extends OfDeclaration {
  type: 'BreakGlassDeclared';
  clinician: string;
  organization: string;
  reason: Coding;
  text: string;
  /** In force from then on and before `until`; milliseconds since the epoch. */
  from: number;
  until: number;
}
export interface BreakGlassEnded extends OfDeclaration {
  type: 'BreakGlassEnded';
  /** By the clinician, by the clock, or by an unjustified verdict. */
  how: 'ended' | 'expired' | 'unjustified';
  /** Of whom it was: they may see it in their own trail. */
  organization: string;
  at: number;
}
export interface BreakGlassReviewed extends OfDeclaration {
  type: 'BreakGlassReviewed';
  verdict: Verdict;
  text: string;
  organization: string;
  at: number;
}
export type BreakGlassEvent = BreakGlassDeclared | BreakGlassEnded | BreakGlassReviewed;

export type Verdict = 'justified' | 'unjustified';

export type BreakGlassCommand =
  | { type: 'declare'; id: string; reason: Coding; text: string; from: number; until: number; by: Agent }
  | { type: 'end' | 'expire'; id: string; at: number; by: Agent }
  | { type: 'review'; id: string; verdict: Verdict; text: string; at: number; by: Agent };

/** A declared emergency: one clinician, one patient, bounded in time, reviewed. */
export interface Declaration extends Omit<BreakGlassDeclared, 'type' | 'by'> {
  endedAt?: number;
  review?: { verdict: Verdict; reviewer: string; text: string; at: number };
}
export type Declarations = ReadonlyMap<string, Declaration>;

/** The declared emergencies of one patient. */
export const breakGlass = { initial: new Map() as Declarations, decide, evolve };

export const isRunning = ({ endedAt, from, until }: Declaration, at: number): boolean =>
  endedAt === undefined && from <= at && at < until;

/** The declaration of a clinician that is in force. */
export function runningOf(state: Declarations, clinician: string, at: number): Declaration | undefined {
  return state.values().find((each) => each.clinician === clinician && isRunning(each, at));
}

function decide(command: BreakGlassCommand, state: Declarations): BreakGlassEvent[] {
  if (command.type === 'declare') return declare(command, state);
  const declaration = state.get(command.id);
  if (!declaration) throw new Failure('not-found', 'There is no such declaration, or it is not yours to see.');
  switch (command.type) {
    case 'end':
      if (command.by.subject !== declaration.clinician) {
        throw new Failure('forbidden', 'Only the clinician who declared break-glass ends it.');
      }
      return isRunning(declaration, command.at) ? [ended(declaration, 'ended', command.at, command.by)] : [];
    case 'expire': {
      const { endedAt, until } = declaration;
      return endedAt === undefined && until <= command.at ? [ended(declaration, 'expired', until, command.by)] : [];
    }
    case 'review':
      return review(command, declaration);
    default:
      return command satisfies never;
  }
}

/** Declared twice is the same grant. */
function declare(command: Extract<BreakGlassCommand, { type: 'declare' }>, state: Declarations): BreakGlassEvent[] {
  const { id, reason, from, until, by } = command;
  if (by.role !== 'practitioner' || !by.organization) {
    throw new Failure('forbidden', 'Only clinicians who act for an organisation may declare break-glass.');
  }
  const text = reasonText(command.text, 'reason_text', 'Say why, in words.');
  if (!reason.system || !reason.code) throw required('reason', 'Say why: a reason code with its system.');
  if (runningOf(state, by.subject, from)) return [];
  const clinician = { clinician: by.subject, organization: by.organization };
  return [{ type: 'BreakGlassDeclared', id, version: 1, ...clinician, reason, text, from, until, by }];
}

function ended({ id, version, organization }: Declaration, how: BreakGlassEnded['how'], at: number, by: Agent) {
  return { type: 'BreakGlassEnded', id, version: version + 1, how, organization, at, by } as const;
}

/** By a privacy officer of the clinician's organisation, and never by the clinician (four eyes). Once, for good. */
function review(command: Extract<BreakGlassCommand, { type: 'review' }>, declaration: Declaration): BreakGlassEvent[] {
  const { id, verdict, at, by } = command;
  const { organization } = declaration;
  if (by.role !== 'privacy-officer' || by.organization !== organization || by.subject === declaration.clinician) {
    throw new Failure('forbidden', "Break-glass is reviewed by a privacy officer of the clinician's organisation.");
  }
  const text = reasonText(command.text, 'text', 'Say what the verdict rests on.');
  if (declaration.review) {
    if (declaration.review.verdict === verdict) return [];
    throw new Failure('conflict', 'This declaration has been reviewed with another verdict.');
  }
  const stop = verdict === 'unjustified' && isRunning(declaration, at) && ended(declaration, 'unjustified', at, by);
  const version = declaration.version + (stop ? 2 : 1);
  const reviewed = { type: 'BreakGlassReviewed', id, version, verdict, text, organization, at, by } as const;
  return stop ? [stop, reviewed] : [reviewed];
}

const required = (field: string, message: string) => new Failure('required', message, { expression: [field] });

function reasonText(text: string, field: string, message: string): string {
  const trimmed = text.trim();
  if (!trimmed) throw required(field, message);
  if (trimmed.length > 1000) throw new Failure('value', 'Use at most 1,000 characters.', { expression: [field] });
  return trimmed;
}

function evolve(state: Declarations, event: BreakGlassEvent): Declarations {
  const { id, version } = event;
  if (event.type === 'BreakGlassDeclared') {
    const { type: _, by: __, ...declared } = event;
    return new Map(state).set(id, declared);
  }
  const known = state.get(id);
  if (!known) return state;
  if (event.type === 'BreakGlassEnded') return new Map(state).set(id, { ...known, version, endedAt: event.at });
  const { verdict, text, at, by } = event;
  return new Map(state).set(id, { ...known, version, review: { verdict, reviewer: by.subject, text, at } });
}
