import { Failure } from '../../../kernel/errors.ts';
import type { RpcTransport } from '../../../kernel/rpc/port.ts';
import { IdentityService } from '../../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import type { Named } from '../domain/nearest.ts';

/** Who is known to identity. Throws Failure `unavailable` where it does not answer. */
export interface Directory {
  organizations(): Promise<Named[]>;
  organization(id: string): Promise<Named | undefined>;
  person(id: string): Promise<Named | undefined>;
  personByLogin(login: string): Promise<Named | undefined>;
}

export function directoryOf(rpc: RpcTransport): Directory {
  const identity = rpc.client(IdentityService);
  const named = ({ id, name }: Named): Named => ({ id, name });
  const staff = ({ role, ...person }: Named & { role: string }) => (role === 'patient' ? undefined : named(person));
  return {
    organizations: async () => (await identity.listOrganizations({})).organizations.map(named),
    organization: (id) => identity.getOrganization({ id }).then(named, undefinedWhereUnknown),
    person: (id) => identity.getPerson({ id }).then(staff, undefinedWhereUnknown),
    personByLogin: (login) => identity.getPerson({ login }).then(staff, undefinedWhereUnknown),
  };
}

export function undefinedWhereUnknown(error: unknown): undefined {
  if (!(error instanceof Failure && error.code === 'not-found')) throw error;
}
