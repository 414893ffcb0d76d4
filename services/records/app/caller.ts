import type { Actor } from '../../../kernel/auth/actor.ts';
import { allows, type Interaction } from '../../../kernel/auth/scopes.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from '../domain/agent.ts';
import { requireOwn } from './elsewhere.ts';

/** Who asks, and in which request. */
export interface Caller {
  actor: Actor;
  /** The token itself, to forward to the services that answer part of what is asked. */
  token: string;
  request: string;
  address?: string;
  /** Id of the study that research is for. */
  study?: string;
}

/** The caller as the audit trail names them. */
export function agentOf({ actor, address }: Caller): Agent {
  const { subject, role, organization, purpose, client } = actor;
  return { subject, role, purpose, client, ...(organization && { organization }), ...(address && { address }) };
}

/** Throws Failure `forbidden` where the token's scopes do not allow the interaction, `not-supported` for types kept elsewhere. */
export function requireScope({ actor }: Caller, type: string, interaction: Interaction): void {
  requireOwn(type);
  if (mayUse({ actor }, type, interaction)) return;
  throw new Failure('forbidden', `The access token lacks a scope for ${type}.${interaction}.`);
}

export const mayUse = ({ actor }: Pick<Caller, 'actor'>, type: string, interaction: Interaction): boolean =>
  allows(actor.scopes, type, interaction);

/** Whose key seals what concerns no patient. */
export function ownOwner({ actor }: Caller): string {
  return actor.organization ? `organization/${actor.organization}` : (actor.patient ?? `person/${actor.subject}`);
}
