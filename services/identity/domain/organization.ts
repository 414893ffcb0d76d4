import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';

export const organizationKinds = ['hospital', 'laboratory', 'research'] as const;
export type OrganizationKind = (typeof organizationKinds)[number];

export interface OrganizationRegistered {
  type: 'OrganizationRegistered';
  name: string;
  kind: OrganizationKind;
  by: Agent;
}
export type OrganizationEvent = OrganizationRegistered;
export type OrganizationCommand = { type: 'register'; id: string; name: string; kind: string; by: Agent };

export type Organization = { status: 'none' } | { status: 'registered'; name: string; kind: OrganizationKind };

/** An organisation, as it is also entered in the ledger's registry: everybody may know it. */
export const organization = { initial: { status: 'none' } as Organization, decide, evolve };

// The same bounds as the registry contract's, so that what is registered here can be entered there.
const identifier = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const label = /^[^\p{Cc}]{1,200}$/u;

function decide(command: OrganizationCommand, state: Organization): OrganizationEvent[] {
  if (state.status !== 'none') throw new Failure('duplicate', 'An organisation with this id is already registered.');
  if (!identifier.test(command.id)) {
    throw new Failure('value', 'An organisation id has 1 to 64 letters, digits, dots and dashes.', {
      expression: ['id'],
    });
  }
  const name = command.name.trim();
  if (!label.test(name)) {
    throw new Failure('required', 'Give a name of 1 to 200 printable characters.', { expression: ['name'] });
  }
  return [{ type: 'OrganizationRegistered', name, kind: kindOf(command.kind), by: command.by }];
}

function kindOf(kind: string): OrganizationKind {
  const found = organizationKinds.find((each) => each === kind);
  if (found) return found;
  throw new Failure('value', `An organisation is one of: ${organizationKinds.join(', ')}.`, { expression: ['kind'] });
}

function evolve(_state: Organization, event: OrganizationEvent): Organization {
  return { status: 'registered', name: event.name, kind: event.kind };
}
