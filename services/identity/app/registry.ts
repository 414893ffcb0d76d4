import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Transaction } from '../../../kernel/ledger/port.ts';
import type { IdentityEvent } from '../domain/event.ts';

/** Events that the ledger's registry keeps. */
export const registryTypes = ['OrganizationRegistered'] as const satisfies IdentityEvent['type'][];

/**
 * Enters a registered organisation in the ledger's registry. The contract keeps one entry per id, so that entering it
 * twice is the same.
 */
export function registryTransaction({ stream, event }: Recorded<IdentityEvent>): Transaction {
  const { name } = event as Extract<IdentityEvent, { type: (typeof registryTypes)[number] }>;
  const id = stream.slice('organization/'.length);
  return { contract: 'registry', fn: 'registerOrganization', args: [JSON.stringify({ id, name, keys: [] })] };
}
