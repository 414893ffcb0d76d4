import type { Actor } from '../../../kernel/auth/actor.ts';
import { allows } from '../../../kernel/auth/scopes.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { RpcContext } from '../../../kernel/rpc/port.ts';
import type { Agent } from '../domain/agent.ts';

/** Who asks for something: a verified token's actor, or one of our own services. */
export type Caller = Pick<RpcContext, 'actor' | 'service'>;

/** The caller as events keep it. Throws Failure `login` for nobody. */
export function agentOf({ actor, service }: Caller): Agent {
  if (actor) {
    const { subject, role, organization, purpose, client } = actor;
    return { subject, role, ...(organization && { organization }), purpose, client };
  }
  if (service) return { subject: `service/${service}`, role: 'system' };
  throw new Failure('login', 'This needs an access token.');
}

/**
 * Lets our own services and administrators pass. An administrator of one organisation acts for that one only.
 * @param type FHIR resource type whose `create` scope the token must hold
 * @param organization whom it concerns; undefined: no organisation in particular
 */
export function requireAdministrator(caller: Caller, type: string, organization?: string): Agent {
  const agent = agentOf(caller);
  if (!caller.actor) return agent;
  const { role, scopes, organization: own } = caller.actor;
  if (role !== 'administrator' || !allows(scopes, type, 'c')) {
    throw new Failure('forbidden', `Only an administrator with the scope user/${type}.c may do this.`);
  }
  if (own && organization && own !== organization) {
    throw new Failure('forbidden', 'An administrator acts for their own organisation only.');
  }
  return agent;
}

/** Whether this is the patient, or one of our own services. */
export function actsFor({ actor }: Caller, patient: string): boolean {
  return actor === undefined || (patient !== '' && actor.patient === patient);
}

/** Whether the caller may see all that is known of this person: services, administrators and the person. */
export function seesAll(actor: Actor | undefined, id: string): boolean {
  return actor === undefined || actor.role === 'administrator' || actor.subject === id;
}

/** Lets services, administrators, the subject and the patient themself pass. */
export function requireSelf({ actor }: Caller, subject: string, patient: string): void {
  const own = actor?.subject === subject || (patient !== '' && actor?.patient === patient);
  if (own || !actor || actor.role === 'administrator') return;
  throw new Failure('forbidden', 'You may ask for your own mandates only.');
}
