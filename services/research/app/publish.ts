import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetail_Outcome, EventType } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { ResearchEvent } from '../domain/event.ts';
import { stewardRole } from '../domain/request.ts';
import { studyOf } from './log.ts';

/** What leaves the service: each step of a study, and by whom. No number of people, and no criteria. */
export function publish({ stream, owner, event }: Recorded<ResearchEvent>): Publication | undefined {
  const custodian = owner.slice('organization/'.length);
  const step = (type: EventType, subject: string, by: { role?: string; organization?: string } = {}): Publication => ({
    type,
    detail: {
      agent: { subject, organization: custodian, role: 'researcher', ...by },
      entities: [{ type: 'ResearchStudy', id: studyOf(stream)! }],
      outcome: AuditDetail_Outcome.SUCCESS,
      custodian,
    },
  });
  const steward = (type: EventType, { by, organization }: { by: string; organization: string }) =>
    step(type, by, { role: stewardRole, organization });
  switch (event.type) {
    case 'StudyRegistered':
      return step(EventType.STUDY_REGISTERED, event.investigator);
    case 'StudyClosed':
      return step(EventType.STUDY_CLOSED, event.by);
    case 'CohortDefined':
      return step(EventType.COHORT_DEFINED, event.by);
    case 'FeasibilityAnswered':
      return step(EventType.FEASIBILITY_ANSWERED, event.by);
    case 'ReleaseRequested':
      return step(EventType.RELEASE_REQUESTED, event.by);
    case 'RequestApproved':
      return steward(EventType.RELEASE_APPROVED, event);
    case 'RequestRejected':
      return steward(EventType.RELEASE_REJECTED, event);
    case 'PeopleCounted':
      return undefined;
    default:
      return event satisfies never;
  }
}
