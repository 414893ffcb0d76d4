import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { AuditEvent } from '@medplum/fhirtypes';
import {
  type AuditDetail,
  AuditDetail_Outcome,
  type PublicEvent,
} from '../../../../proto/gen/healthchain/event/v1/event_pb.ts';
import { agentsOf, type Names, purpose } from './agents.ts';
import { consentDecision, kindOf, type Pattern } from './codes.ts';
import { entitiesOf } from './entities.ts';
import { redacted } from './redact.ts';

export interface Circumstances {
  baseUrl: string;
  names: Names;
  /** The entry's patients whom the reader may see named. */
  visible: readonly string[];
}

/** AuditEvent.outcome; an event that does not say succeeded, or it would not have happened. */
const outcomes: Record<AuditDetail_Outcome, NonNullable<AuditEvent['outcome']>> = {
  [AuditDetail_Outcome.UNSPECIFIED]: '0',
  [AuditDetail_Outcome.SUCCESS]: '0',
  [AuditDetail_Outcome.REFUSED]: '4',
  [AuditDetail_Outcome.ERROR]: '8',
};

/** A public event as FHIR R4 AuditEvent with the content that IHE BALP asks for (https://profiles.ihe.net/ITI/BALP). */
export function auditEventOf(event: PublicEvent, detail: AuditDetail, circumstances: Circumstances): AuditEvent {
  const { baseUrl, names, visible } = circumstances;
  const whole = visible.length === detail.patients.length;
  const { type, subtype, action, pattern } = kindOf(event.type, detail.query.length > 0);
  const outcome = outcomes[detail.outcome] ?? '8';
  const refusedByConsent = detail.decision?.permit === false;
  const { agent, outcomeDescription } = detail;
  return {
    resourceType: 'AuditEvent',
    id: event.id,
    // BALP's RESTful profiles are for successes, told whole
    ...(pattern && outcome === '0' && whole && { meta: { profile: [profile(pattern, detail)] } }),
    type,
    subtype: refusedByConsent ? [...subtype, consentDecision] : subtype,
    action,
    recorded: new Date(event.occurredAt ? timestampMs(event.occurredAt) : 0).toISOString(),
    outcome,
    ...(outcomeDescription && { outcomeDesc: outcomeDescription }),
    ...(agent?.purposeOfUse && { purposeOfEvent: [purpose(agent.purposeOfUse)] }),
    agent: agentsOf({ agent, pattern: pattern ?? 'Update', baseUrl, names }),
    source: {
      site: event.source,
      observer: { display: `HealthChain ${event.source}` },
      type: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
          code: '4',
          display: 'Application Server',
        },
      ],
    },
    entity: entitiesOf(whole ? detail : redacted(detail, visible)),
  };
}

function profile(pattern: Pattern, { patients }: AuditDetail): string {
  const name = patients.length > 0 ? `Patient${pattern}` : pattern;
  return `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${name}`;
}
