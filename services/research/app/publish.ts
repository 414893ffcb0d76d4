import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetail_Outcome, EventType } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { StudyEvent } from '../domain/study.ts';

/** What leaves the service: that a study was registered or closed, and by whom. */
export function publish({ stream, owner, event }: Recorded<StudyEvent>): Publication | undefined {
  const organization = owner.slice('organization/'.length);
  const publication = (type: EventType, subject: string): Publication => ({
    type,
    detail: {
      agent: { subject, organization, role: 'researcher' },
      entities: [{ type: 'ResearchStudy', id: stream.slice('study/'.length) }],
      outcome: AuditDetail_Outcome.SUCCESS,
      custodian: organization,
    },
  });
  switch (event.type) {
    case 'StudyRegistered':
      return publication(EventType.STUDY_REGISTERED, event.investigator);
    case 'StudyClosed':
      return publication(EventType.STUDY_CLOSED, event.by);
    default:
      return event satisfies never;
  }
}
