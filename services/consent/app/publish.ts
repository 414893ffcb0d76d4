import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetail_Outcome, EventType } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { Agent } from '../domain/agent.ts';
import type { BreakGlassEvent } from '../domain/breakGlass.ts';
import type { ConsentEvent } from '../domain/consent.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';

/** What leaves the service: who did what with whose consent, and every step of break-glass, sealed to audit. */
export function publish({ owner, event }: Recorded<ConsentServiceEvent>): Publication | undefined {
  switch (event.type) {
    case 'ConsentGranted':
      return consent(EventType.CONSENT_GRANTED, owner, event);
    case 'ConsentAmended':
      return consent(EventType.CONSENT_AMENDED, owner, event);
    case 'ConsentRevoked':
      return consent(EventType.CONSENT_REVOKED, owner, event);
    case 'BreakGlassDeclared':
      return breakGlass(EventType.BREAK_GLASS_STARTED, owner, event, `declared for ${event.reason.code}`);
    case 'BreakGlassEnded':
      return breakGlass(EventType.BREAK_GLASS_STOPPED, owner, event, stopWords[event.how]);
    case 'BreakGlassReviewed':
      return breakGlass(EventType.BREAK_GLASS_REVIEWED, owner, event, event.verdict);
    case 'SuspensionLifted': {
      const { clinician, organization: custodian, by } = event;
      const entities = [{ type: 'Practitioner', id: clinician }];
      return done(EventType.BREAK_GLASS_REVIEWED, by, { entities, custodian, outcomeDescription: 'suspension lifted' });
    }
    case 'ConsentsRead': {
      const { patient, by, query, request } = event;
      const entities = event.consents.map((each) => ({ type: 'Consent', ...each }));
      const outcome = event.outcome === 'refused' ? AuditDetail_Outcome.REFUSED : AuditDetail_Outcome.SUCCESS;
      const asked = query === undefined ? {} : { query: Buffer.from(query) };
      return done(EventType.ACCESS_RECORDED, by, {
        patients: [patient],
        entities,
        requestId: request,
        outcome,
        ...asked,
      });
    }
    case 'BreakGlassSuspended': // the verdict that it comes with says it
    case 'PseudonymChosen':
    case 'Reserved':
      return undefined;
    default:
      return event satisfies never;
  }
}

const stopWords = { ended: 'ended', expired: 'its time ran out', unjustified: 'ended: it was not justified' };

function consent(type: EventType, patient: string, { consent: id, resource, by }: ConsentEvent): Publication {
  const entities = [{ type: 'Consent', id, version: Number(resource.meta!.versionId) }];
  return done(type, by, { patients: [patient], entities, ...(by.organization && { custodian: by.organization }) });
}

/** The clinician's organisation is told, whoever acted: its privacy officer reviews. */
function breakGlass(type: EventType, patient: string, event: BreakGlassEvent, outcomeDescription: string): Publication {
  const { id, organization: custodian, by } = event;
  const decision = { permit: true, basis: ['rule:7'], breakGlass: id };
  const entities = [{ type: 'Patient', id: patient }];
  return done(type, by, { patients: [patient], entities, custodian, outcomeDescription, decision });
}

function done(type: EventType, by: Agent, of: Omit<Publication['detail'], '$typeName' | '$unknown'>): Publication {
  const { subject, role, organization, purpose, client } = by;
  const agent = { subject, role, organization, purposeOfUse: purpose, client };
  return { type, detail: { outcome: AuditDetail_Outcome.SUCCESS, ...of, agent } };
}
