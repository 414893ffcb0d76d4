import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetail_Outcome, EventType } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { Agent } from '../domain/agent.ts';
import type { IdentityEvent } from '../domain/event.ts';
import type { UserAuthenticated } from '../domain/login.ts';

/** What leaves the service: who was registered by whom, mandates, and logins, with the details sealed to audit. */
export function publish({ stream, event }: Recorded<IdentityEvent>): Publication | undefined {
  const id = stream.slice(stream.indexOf('/') + 1);
  switch (event.type) {
    case 'OrganizationRegistered':
      return done(EventType.ORGANIZATION_REGISTERED, event.by, { type: 'Organization', id }, { custodian: id });
    case 'PersonRegistered':
      return done(EventType.PERSON_REGISTERED, event.by, { type: 'Person', id }, concerned(event));
    case 'MandateRecorded':
      return done(EventType.MANDATE_RECORDED, event.by, { type: 'RelatedPerson', id }, concerned(event));
    case 'MandateRevoked':
      return done(EventType.MANDATE_REVOKED, event.by, { type: 'RelatedPerson', id }, concerned(event));
    case 'ClientRegistered':
      return done(EventType.CLIENT_REGISTERED, event.by, { type: 'Device', id }, concerned(event));
    case 'UserAuthenticated':
      return { type: EventType.USER_AUTHENTICATED, detail: authenticated(event) };
    case 'Reserved':
      return undefined;
    default:
      return event satisfies never;
  }
}

interface Concerned {
  patients?: string[];
  custodian?: string;
}

function concerned({ patient, organization }: { patient?: string; organization?: string }): Concerned {
  return { ...(patient && { patients: [patient] }), ...(organization && { custodian: organization }) };
}

function done(type: EventType, by: Agent, entity: { type: string; id: string }, of: Concerned): Publication {
  const { subject, role, organization, purpose, client } = by;
  const agent = { subject, role, organization, purposeOfUse: purpose, client };
  return { type, detail: { ...of, agent, entities: [entity], outcome: AuditDetail_Outcome.SUCCESS } };
}

function authenticated(event: UserAuthenticated): Publication['detail'] {
  const { subject, role, organization, client, address } = event;
  return {
    ...concerned(event),
    agent: { subject, role, organization, client, networkAddress: address },
    outcome: event.outcome === 'success' ? AuditDetail_Outcome.SUCCESS : AuditDetail_Outcome.REFUSED,
    outcomeDescription: event.reason,
  };
}
