import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetail_Outcome, EventType } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { ResearchEvent } from '../domain/event.ts';
import { stewardRole } from '../domain/request.ts';
import { studyOf } from './log.ts';
import { publishRelease, publishSubject } from './publishRelease.ts';

/** What leaves the service: each step of a study, and by whom. No number of people, and no criteria. */
export function publish(recorded: Recorded<ResearchEvent>): Publication | undefined {
  const { stream, owner, event } = recorded;
  const custodian = owner.slice('organization/'.length);
  const step = (type: EventType, subject: string, by: { role?: string; organization?: string } = {}): Publication => ({
    type,
    detail: {
      agent: { subject, organization: custodian, role: 'researcher', ...by },
      entities: [{ type: 'ResearchStudy', id: 'study' in event ? event.study : studyOf(stream)! }],
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
    case 'RequestClosed':
      return step(EventType.REQUEST_CLOSED, event.by, { organization: event.organization, role: event.role });
    case 'BuildStarted':
      return step(EventType.BUILD_STARTED, event.by);
    case 'BuildFailed':
      return step(EventType.BUILD_FAILED, event.by);
    case 'BuildCancelled':
      return step(EventType.BUILD_CANCELLED, event.by);
    case 'ReleaseSealed':
      return step(EventType.RELEASE_SEALED, event.by);
    case 'PeopleCounted':
    case 'QuestionAsked':
    case 'BuildClaimed':
    case 'BuildProgressed':
    case 'BuildRegistered':
    case 'BuildYielded':
    case 'ReleaseRegistered':
    case 'PieceStored':
      return undefined;
    case 'ReleasePublished':
    case 'SubjectWithdrew':
    case 'RecallIssued':
    case 'ReleaseClosed':
    case 'DownloadRecorded':
    case 'DeletionAttested':
    case 'DeletionOverdue':
    case 'ReleaseReplaced':
      return publishRelease({ ...recorded, event });
    case 'SubjectKeyed':
    case 'SubjectReleased':
    case 'SubjectRecalled':
    case 'SubjectForgotten':
      return publishSubject({ ...recorded, event });
    default:
      return event satisfies never;
  }
}
