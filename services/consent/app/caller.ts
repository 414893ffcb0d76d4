import type { Mandate } from '../../../contracts/rules/state.ts';
import type { Actor } from '../../../kernel/auth/actor.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { RpcContext } from '../../../kernel/rpc/port.ts';
import type { Agent } from '../domain/agent.ts';

/** Who asks: a verified token's actor, or one of our own services. */
export type Caller = Pick<RpcContext, 'actor' | 'service' | 'requestId'>;

/** The mandates in force that let a person act for a patient. */
export type Mandates = (subject: string, patient: string) => Promise<Mandate[]>;

/** The actor of a token. Throws Failure `login` for callers without one. */
export function actorOf({ actor }: Caller): Actor {
  if (actor) return actor;
  throw new Failure('login', 'This needs an access token.');
}

/** The caller as events keep it. */
export function agentOf(caller: Caller): Agent {
  const { subject, role, organization, purpose, client } = actorOf(caller);
  return { subject, role, ...(organization && { organization }), purpose, client };
}

/** Whether this is the patient's own login. */
export const isSelf = ({ role, patient }: Pick<Actor, 'role' | 'patient'>, of: string): boolean =>
  role === 'patient' && patient !== undefined && patient === of;

/** Whether this is the patient, or a person with a mandate to act for them. Identity is asked only where that can be. */
export async function actsFor(actor: Actor, patient: string, mandates: Mandates): Promise<boolean> {
  if (isSelf(actor, patient)) return true;
  return actor.role === 'patient' && (await mandates(actor.subject, patient)).length > 0;
}

/**
 * The patient whom the caller acts for. Throws Failure `required` where nobody is named, `forbidden` for anybody else's.
 * @param of empty: the caller's own
 */
export async function requireActingFor(caller: Caller, of: string, mandates: Mandates): Promise<string> {
  const actor = actorOf(caller);
  const patient = of || (actor.role === 'patient' && actor.patient) || '';
  if (!patient) throw new Failure('required', 'Say for whom: the Patient id.', { expression: ['patient'] });
  if (await actsFor(actor, patient, mandates)) return patient;
  throw new Failure('forbidden', 'Only the patient, or a person with a mandate for them, may do this.');
}

/** The reference that a consent names the acting person by. */
export const performerOf = (actor: Actor, patient: string): string =>
  isSelf(actor, patient) ? `Patient/${patient}` : `RelatedPerson/${actor.subject}`;

/** The organisation that a clinician or a system acts for, and may file consents for; undefined for everybody else. */
export const filerOf = ({ role, organization }: Pick<Actor, 'role' | 'organization'>): string | undefined =>
  role === 'practitioner' || role === 'system' ? organization : undefined;

/** The organisation whose consents the actor may see: filers, and its privacy officers. */
export const readerOf = (actor: Pick<Actor, 'role' | 'organization'>): string | undefined =>
  actor.role === 'privacy-officer' ? actor.organization : filerOf(actor);

export const notYours = (): Failure => new Failure('not-found', 'There is no such consent, or it is not yours to see.');
