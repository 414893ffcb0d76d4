import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { RpcContext, RpcService } from '../../../kernel/rpc/port.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import { IdentityService, type RegisterPersonRequest } from '../../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import type { IdentityApp } from '../app/app.ts';
import { requireSelf, seesAll } from '../app/caller.ts';
import type { Directory, KnownClient, KnownMandate, KnownPerson } from '../app/views.ts';
import { inForce } from '../domain/mandate.ts';

/** IdentityService over gRPC. What an answer or a registration needs beyond a token, `caller.ts` decides. */
export function identityRpc(app: IdentityApp, directory: Directory, clock: Clock): RpcService {
  return rpcService(
    IdentityService,
    {
      getPerson: 'services-or-token',
      getOrganization: 'services-or-token',
      listOrganizations: 'services-or-token',
      listStaff: 'services',
      listMandates: 'services-or-token',
      registerOrganization: 'services-or-token',
      registerPerson: 'services-or-token',
      recordMandate: 'services-or-token',
      revokeMandate: 'services-or-token',
      registerClient: 'services-or-token',
    },
    {
      getPerson: async ({ id, login }, context) =>
        visiblePerson(await (login ? directory.personByLogin(login) : directory.person(id)), context),
      async getOrganization({ id }) {
        const found = await directory.organization(id);
        if (!found) throw new Failure('not-found', 'There is no such organisation.');
        return found;
      },
      listOrganizations: async () => ({ organizations: await directory.organizations() }),
      async listStaff({ organization }) {
        const people = await directory.staff(organization);
        return { people: people.map((person) => ({ ...personMessage(person), login: '' })) };
      },
      async listMandates({ subject, patient }, context) {
        requireSelf(context, subject, patient);
        const mandates = await directory.mandates(subject, patient);
        return { mandates: mandates.filter((each) => inForce(each, clock.now())).map(mandateMessage) };
      },
      registerOrganization: (request, context) => app.registerOrganization(context, request),
      registerPerson: async (request, context) => personMessage(await app.registerPerson(context, details(request))),
      async recordMandate({ kind, subject, patient, from, until }, context) {
        const period = { from: from ? timestampMs(from) : clock.now(), ...(until && { until: timestampMs(until) }) };
        return mandateMessage(await app.recordMandate(context, { kind, subject, patient, ...period }));
      },
      revokeMandate: async ({ id }, context) => mandateMessage(await app.revokeMandate(context, id)),
      registerClient: async ({ name, organization, redirectUris, jwks, scopes }, context) =>
        clientMessage(await app.registerClient(context, { name, organization, redirectUris, jwks, scopes })),
    },
  );
}

function details({ login, password, name, role, organization, patient, careTeams, demo }: RegisterPersonRequest) {
  const optional = { ...(organization && { organization }), ...(patient && { patient }) };
  return { login, password, name, role, ...optional, careTeams, demo };
}

/** Staff are known to everybody who is logged in, by name and organisation; a patient only to whom it concerns. */
function visiblePerson(person: KnownPerson | undefined, { actor }: RpcContext) {
  if (!person || (person.role === 'patient' && !seesAll(actor, person.id))) {
    throw new Failure('not-found', 'There is no such person.');
  }
  return seesAll(actor, person.id) ? personMessage(person) : { ...personMessage(person), login: '' };
}

function personMessage({ password: _, ...person }: KnownPerson) {
  return person;
}

function mandateMessage({ id, kind, subject, patient, from, until }: KnownMandate) {
  const period = { from: timestampFromMs(from), ...(until !== undefined && { until: timestampFromMs(until) }) };
  return { id, kind, subject, patient, ...period };
}

const clientMessage = ({ id, name, organization }: KnownClient) => ({ id, name, organization });
