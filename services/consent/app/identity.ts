import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Asker } from '../../../contracts/rules/state.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { RpcTransport } from '../../../kernel/rpc/port.ts';
import { IdentityService } from '../../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import type { Mandates } from './caller.ts';

/** A person as they would ask. Throws Failure `not-found`. */
export type People = (subject: string) => Promise<Asker>;

/** Resolves where there is such an organisation. Throws Failure `not-found`. */
export type Organizations = (id: string) => Promise<void>;

export function organizationsOf(rpc: RpcTransport): Organizations {
  const identity = rpc.client(IdentityService);
  return async (id) => {
    if (!id) throw new Failure('required', 'Say which organisation.', { expression: ['custodian'] });
    await identity.getOrganization({ id });
  };
}

/** Asks identity. A failure stays one: nobody acts for a patient because nobody answered. */
export function mandatesOf(rpc: RpcTransport): Mandates {
  const identity = rpc.client(IdentityService);
  return async (subject, patient) => {
    if (!subject || !patient) return [];
    const { mandates } = await identity.listMandates({ subject, patient });
    return mandates
      .filter((each) => each.subject === subject && each.patient === patient)
      .map(({ id, from, until }) => ({
        id,
        from: from ? timestampMs(from) : 0,
        ...(until && { until: timestampMs(until) }),
      }));
  };
}

export function peopleOf(rpc: RpcTransport): People {
  const identity = rpc.client(IdentityService);
  return async (subject) => {
    const { role, organization, careTeams, patient } = await identity.getPerson({ id: subject });
    return { subject, role, careTeams, ...(organization && { organization }), ...(patient && { patient }) };
  };
}
