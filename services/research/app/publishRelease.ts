import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetail_Outcome, EventType } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { ReleaseEvent } from '../domain/release.ts';
import type { SubjectEvent } from '../domain/subject.ts';
import { releaseOf } from './log.ts';

type Detail = Omit<Publication['detail'], '$typeName' | '$unknown'>;

const ourselves = { subject: 'service/research', role: 'system' };
const document = (release: string) => ({ type: 'DocumentManifest', id: release });

function done(type: EventType, detail: Detail): Publication {
  return { type, detail: { outcome: AuditDetail_Outcome.SUCCESS, ...detail } };
}

/** What becomes of a release, for the organisation whose study it is of. Who withdrew, and how many, is no part of it. */
export function publishRelease({ stream, owner, event }: Recorded<ReleaseEvent>): Publication | undefined {
  const custodian = owner.slice('organization/'.length);
  const of = { custodian, entities: [document(releaseOf(stream)!)] };
  const recipient = (subject: string, organization = custodian) => ({ subject, organization, role: 'researcher' });
  switch (event.type) {
    case 'DownloadRecorded':
      return done(EventType.RELEASE_DOWNLOADED, { ...of, agent: recipient(event.recipient) });
    case 'ReleaseClosed':
      return done(EventType.RELEASE_CLOSED, { ...of, agent: { subject: event.by } });
    case 'RecallIssued':
      return done(EventType.RELEASE_RECALLED, { ...of, agent: ourselves });
    case 'DeletionAttested': {
      const outcomeDescription = `SHA-256 ${event.attestation}${event.late ? ', after the deadline' : ''}`;
      const agent = recipient(event.recipient, event.organization);
      return done(EventType.DELETION_ATTESTED, { ...of, agent, outcomeDescription });
    }
    case 'DeletionOverdue': {
      const entities = [...of.entities, { type: 'Practitioner', id: event.recipient }];
      return done(EventType.DELETION_OVERDUE, { ...of, entities, agent: ourselves });
    }
    case 'ReleaseReplaced': {
      const entities = [...of.entities, document(event.replacement)];
      return done(EventType.RELEASE_REPLACED, { ...of, entities, agent: ourselves });
    }
    case 'ReleasePublished': // the sealing says it
    case 'SubjectWithdrew':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** For the patient alone: no organisation may read who is in a release, or left it. */
export function publishSubject({ owner: patient, event }: Recorded<SubjectEvent>): Publication | undefined {
  const told = (type: EventType, { study, release }: { study: string; release: string }) =>
    done(type, {
      agent: ourselves,
      patients: [patient],
      entities: [{ type: 'ResearchStudy', id: study }, document(release)],
    });
  switch (event.type) {
    case 'SubjectReleased':
      return told(EventType.RELEASE_INCLUDED, event);
    case 'SubjectRecalled':
      return told(EventType.RELEASE_RECALLED, event);
    case 'SubjectKeyed':
    case 'SubjectForgotten':
      return undefined;
    default:
      return event satisfies never;
  }
}
