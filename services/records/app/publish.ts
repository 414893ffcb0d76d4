import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetail_Outcome, EventType } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { AccessRecorded } from '../domain/access.ts';
import type { Agent } from '../domain/agent.ts';
import type { RecordsEvent } from '../domain/event.ts';
import type { ResourceEvent } from '../domain/resource.ts';

/** What leaves the service: who wrote, read or was refused what, with the details sealed to audit; never content. */
export function publish({ event, version }: Recorded<RecordsEvent>): Publication | undefined {
  switch (event.type) {
    case 'ResourceCreated':
      return { type: EventType.RESOURCE_CREATED, detail: written(event, version) };
    case 'ResourceUpdated':
      return { type: EventType.RESOURCE_UPDATED, detail: written(event, version) };
    case 'ResourceRelabelled':
      return {
        type: EventType.RESOURCE_UPDATED,
        detail: { ...written(event, version), outcomeDescription: relabelled },
      };
    case 'ResourceDeleted':
      return { type: EventType.RESOURCE_DELETED, detail: written(event, version) };
    case 'AccessRecorded':
      return { type: EventType.ACCESS_RECORDED, detail: accessed(event) };
    case 'ConditionMet':
    case 'RequestAnswered':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** Which labels would already say too much. */
const relabelled = 'Only the security labels changed.';

function written(event: ResourceEvent, version: number): Publication['detail'] {
  const { resourceType: type, id, by, patients, author, request } = event;
  return {
    agent: agent(by),
    patients,
    entities: [{ type, id, version }],
    outcome: AuditDetail_Outcome.SUCCESS,
    requestId: request,
    custodian: author,
  };
}

function accessed(event: AccessRecorded): Publication['detail'] {
  const { by, patients, entities, query, outcome, decision, custodian, request } = event;
  return {
    agent: agent(by),
    patients,
    entities,
    outcome: outcome === 'answered' ? AuditDetail_Outcome.SUCCESS : AuditDetail_Outcome.REFUSED,
    requestId: request,
    ...(query !== undefined && { query: Buffer.from(query) }),
    ...(decision && { decision }),
    ...(custodian && { custodian }),
  };
}

function agent({ subject, organization, role, purpose, client, address }: Agent) {
  return { subject, organization, role, purposeOfUse: purpose, client, networkAddress: address };
}
