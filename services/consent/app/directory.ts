import { Failure } from '../../../kernel/errors.ts';
import type { RpcTransport } from '../../../kernel/rpc/port.ts';
import { IdentityService } from '../../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import type { Named } from '../domain/nearest.ts';

/** Who is known to identity. Throws Failure `unavailable` where it does not answer. */
export interface Directory {
  organizations(): Promise<Named[]>;
  organization(id: string): Promise<Named | undefined>;
  person(id: string): Promise<Named | undefined>;
  /** The people of every organisation. */
  staff(): Promise<Named[]>;
}

/** What people call these organisations and persons; by their ids where nobody knows or answers. */
export async function namesOf(directory: Directory, ids: readonly string[]): Promise<(id: string) => string> {
  const find = async (id: string) => (await directory.organization(id)) ?? (await directory.person(id));
  const each = [...new Set(ids)].map(async (id) => [id, (await find(id).catch(() => undefined))?.name] as const);
  const names = new Map(await Promise.all(each));
  return (id) => names.get(id) || id;
}

export function directoryOf(rpc: RpcTransport): Directory {
  const identity = rpc.client(IdentityService);
  const named = ({ id, name }: Named): Named => ({ id, name });
  const colleague = ({ role, ...person }: Named & { role: string }) => (role === 'patient' ? undefined : named(person));
  return {
    organizations: async () => (await identity.listOrganizations({})).organizations.map(named),
    organization: (id) => identity.getOrganization({ id }).then(named, undefinedWhereUnknown),
    person: (id) => identity.getPerson({ id }).then(colleague, undefinedWhereUnknown),
    async staff() {
      const { organizations } = await identity.listOrganizations({});
      const each = organizations.map(({ id }) => identity.listStaff({ organization: id }));
      return (await Promise.all(each)).flatMap(({ people }) => people.map(named));
    },
  };
}

export function undefinedWhereUnknown(error: unknown): undefined {
  if (!(error instanceof Failure && error.code === 'not-found')) throw error;
}
