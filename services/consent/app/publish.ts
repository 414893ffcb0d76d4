import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetail_Outcome, EventType } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { Agent } from '../domain/agent.ts';
import type { AgreementEvent } from '../domain/agreement.ts';
import type { BreakGlassEvent } from '../domain/breakGlass.ts';
import type { ConsentEvent } from '../domain/consent.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { TransferRequested } from '../domain/transfer.ts';
import { idOf } from './agreementStreams.ts';

/** What leaves the service: who did what with whose consent, and every step of break-glass, sealed to audit. */
export function publish(recorded: Recorded<ConsentServiceEvent>): Publication | undefined {
  const { owner, event } = recorded;
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
    case 'BreakGlassRead': {
      const { patient, by, what, request } = event;
      const entities = [{ type: 'Patient', id: patient }];
      const outcomeDescription = `break-glass ${what} listed`;
      return done(EventType.ACCESS_RECORDED, by, {
        ...{ patients: [patient], entities, requestId: request, outcomeDescription },
        ...(by.organization && { custodian: by.organization }),
      });
    }
    case 'Notified': {
      const { to, patient, notice } = event;
      const entities = [{ type: 'Patient', id: patient }];
      return done(EventType.NOTIFICATION_SENT, ourselves, {
        ...{ patients: [patient], entities, outcomeDescription: notice.kind },
        ...('organization' in to && { custodian: to.organization }),
      });
    }
    case 'AgreementProposed':
    case 'AgreementAccepted':
    case 'AgreementEnded':
    case 'DeletionOverdue':
    case 'DeletionAttested':
    case 'TransferAuthorised':
    case 'TransferRefused':
    case 'TransferFulfilled':
      return agreement(recorded.stream, owner, event);
    case 'LedgerDiffered':
      return done(EventType.LEDGER_DIFFERED, ourselves, {
        patients: [owner],
        outcome: AuditDetail_Outcome.ERROR,
        outcomeDescription: `${event.of}: ${event.kind}`,
      });
    case 'BreakGlassSuspended': // the verdict that it comes with says it
    case 'TransferRequested': // what the ledger says to it comes next
    case 'PolicyRestated':
    case 'PseudonymChosen':
    case 'NotificationRead':
    case 'Reserved':
      return undefined;
    default:
      return event satisfies never;
  }
}

const ourselves: Agent = { subject: 'service/consent', role: 'system' };
const stopWords = { ended: 'ended', expired: 'its time ran out', unjustified: 'ended: it was not justified' };

function consent(type: EventType, patient: string, { consent: id, resource, by }: ConsentEvent): Publication {
  const entities = [{ type: 'Consent', id, version: Number(resource.meta!.versionId) }];
  return done(type, by, { patients: [patient], entities, ...(by.organization && { custodian: by.organization }) });
}

const sharingTypes = {
  AgreementProposed: EventType.AGREEMENT_PROPOSED,
  AgreementAccepted: EventType.AGREEMENT_ACCEPTED,
  AgreementEnded: EventType.AGREEMENT_ENDED,
  DeletionOverdue: EventType.DELETION_OVERDUE,
  DeletionAttested: EventType.DELETION_ATTESTED,
  TransferAuthorised: EventType.TRANSFER_AUTHORISED,
  TransferRefused: EventType.TRANSFER_REFUSED,
  TransferFulfilled: EventType.TRANSFER_FULFILLED,
};

/** The organisation that holds the data is told, whoever acted. */
function agreement(stream: string, patient: string, event: Exclude<AgreementEvent, TransferRequested>): Publication {
  const { type, by, custodian } = event;
  const entities = [{ type: 'Contract', id: idOf(stream) }];
  const outcomeDescription = wordsOf(event);
  return done(sharingTypes[type], by, {
    ...{ patients: [patient], entities, custodian },
    ...(outcomeDescription && { outcomeDescription }),
    ...(type === 'TransferRefused' && { outcome: AuditDetail_Outcome.REFUSED }),
    ...(type === 'TransferAuthorised' && { decision: { permit: true, basis: event.basis } }),
  });
}

function wordsOf(event: AgreementEvent): string | undefined {
  if (event.type === 'AgreementEnded' || event.type === 'TransferRefused') return event.reason;
  return event.type === 'TransferFulfilled' ? `SHA-256 ${event.sha256}` : undefined;
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
