import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetail_Outcome, EventType } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { AuditTrailRead, LogEvent } from '../domain/event.ts';

/** What leaves the service: who read the trail. What it says about the log itself is public in another way. */
export function publish({ event }: Recorded<LogEvent>): Publication | undefined {
  switch (event.type) {
    case 'AuditTrailRead':
      return { type: EventType.AUDIT_TRAIL_READ, detail: trailRead(event) };
    case 'BatchSequenced':
    case 'EntriesSequenced':
    case 'CheckpointPublished':
    case 'CheckpointRefused':
    case 'BatchAnchored':
      return undefined;
    default:
      return event satisfies never;
  }
}

function trailRead({ by, patients, event, query, outcome, request }: AuditTrailRead): Publication['detail'] {
  const { subject, role, organization, purpose, client } = by;
  return {
    agent: { subject, role, organization, purposeOfUse: purpose, client },
    patients,
    entities: event ? [{ type: 'AuditEvent', id: event }] : [],
    outcome: outcome === 'answered' ? AuditDetail_Outcome.SUCCESS : AuditDetail_Outcome.REFUSED,
    requestId: request,
    ...(query !== undefined && { query: Buffer.from(`AuditEvent?${query}`) }),
    ...(organization && { custodian: organization }),
  };
}
