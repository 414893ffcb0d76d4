import type { Client } from '../../../kernel/rpc/port.ts';
import type { IdentityService } from '../../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import type { Names } from './balp/agents.ts';
import type { OpenedEntry } from './entries.ts';

export type Identity = Pick<Client<typeof IdentityService>, 'getPerson' | 'getOrganization' | 'listMandates'>;

/** The names that these entries need, as far as identity tells them to the token's holder; nothing is remembered. */
export async function namesFor(entries: readonly OpenedEntry[], identity: Identity, token: string): Promise<Names> {
  const agents = entries.flatMap(({ detail }) => detail.agent ?? []);
  const people = await named(
    agents.filter(({ role }) => role !== 'system').map(({ subject }) => subject),
    (id) => identity.getPerson({ id }, { token }),
  );
  const organizations = await named(
    agents.map(({ organization }) => organization),
    (id) => identity.getOrganization({ id }, { token }),
  );
  return { person: (id) => people.get(id), organization: (id) => organizations.get(id) };
}

/** A name that cannot be had now is left out: the trail is readable without. */
async function named(ids: string[], ask: (id: string) => Promise<{ name: string }>): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)].filter((id) => id !== '');
  const answers = await Promise.allSettled(wanted.map(ask));
  const names = new Map<string, string>();
  for (const [index, answer] of answers.entries())
    if (answer.status === 'fulfilled') names.set(wanted[index]!, answer.value.name);
  return names;
}
