import type { AuditEvent, Coding } from '@medplum/fhirtypes';
import { EventType } from '../../../../proto/gen/healthchain/event/v1/event_pb.ts';

/** DICOM PS3.16 CID 400 and 401. */
export const dicom = (code: string, display: string): Coding => ({
  system: 'http://dicom.nema.org/resources/ontology/DCM',
  code,
  display,
});
const rest: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  code: 'rest',
  display: 'Restful Operation',
};
export const interaction = (code: string): Coding => ({
  system: 'http://hl7.org/fhir/restful-interaction',
  code,
  display: code,
});
const own = (code: string, display: string): Coding => ({ system: 'urn:healthchain:event-type', code, display });

/** IHE BALP's subtype of an access that was decided by roles and consents. */
export const consentDecision: Coding = {
  system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType',
  code: 'AuthZ-Consent',
  display: 'Authorization Decision using Roles and Consent',
};

/** The RESTful patterns of IHE BALP; a profile of the same name exists with `Patient` before it. */
export type Pattern = 'Create' | 'Read' | 'Update' | 'Delete' | 'Query';

export interface Kind {
  type: Coding;
  subtype: Coding[];
  action: NonNullable<AuditEvent['action']>;
  /** Absent where no BALP pattern fits. */
  pattern?: Pattern;
}

const actions = { Create: 'C', Read: 'R', Update: 'U', Delete: 'D', Query: 'E' } as const;
const interactions = { Create: 'create', Read: 'read', Update: 'update', Delete: 'delete', Query: 'search' } as const;

const restful = (pattern: Pattern, ...more: Coding[]): Kind => ({
  ...{ type: rest, action: actions[pattern], pattern },
  subtype: [...more, interaction(interactions[pattern])],
});
const alert = dicom('110113', 'Security Alert');
const security = (action: Kind['action'], ...subtype: Coding[]): Kind => ({ type: alert, subtype, action });

const override = dicom('110127', 'Emergency Override Started');
const overrideEnd = dicom('110138', 'Emergency Override Stopped');
const configuration = dicom('110129', 'Security Configuration');
const roles = dicom('110136', 'Security Roles Changed');
const user = dicom('110137', 'User Security Attributes Changed');

const kinds: Record<EventType, (query: boolean) => Kind> = {
  [EventType.UNSPECIFIED]: () => security('E', own('unknown', 'Unknown event')),
  [EventType.RESOURCE_CREATED]: () => restful('Create'),
  [EventType.RESOURCE_UPDATED]: () => restful('Update'),
  [EventType.RESOURCE_DELETED]: () => restful('Delete'),
  [EventType.ACCESS_RECORDED]: (query) => restful(query ? 'Query' : 'Read'),
  [EventType.CONSENT_GRANTED]: () => restful('Create', own('consent-granted', 'Consent granted')),
  [EventType.CONSENT_AMENDED]: () => restful('Update', own('consent-amended', 'Consent amended')),
  [EventType.CONSENT_REVOKED]: () => restful('Update', own('consent-revoked', 'Consent revoked')),
  [EventType.BREAK_GLASS_STARTED]: () => security('E', override),
  [EventType.BREAK_GLASS_STOPPED]: () => security('E', overrideEnd),
  [EventType.BREAK_GLASS_REVIEWED]: () => security('E', own('break-glass-reviewed', 'Break-glass reviewed')),
  [EventType.NOTIFICATION_SENT]: () => security('E', own('notification-sent', 'Notification sent')),
  [EventType.ORGANIZATION_REGISTERED]: () => security('C', configuration),
  [EventType.PERSON_REGISTERED]: () => security('C', user),
  [EventType.PERSON_UPDATED]: () => security('U', user),
  [EventType.MANDATE_RECORDED]: () => security('C', own('mandate-recorded', 'Mandate recorded'), roles),
  [EventType.MANDATE_REVOKED]: () => security('U', own('mandate-revoked', 'Mandate revoked'), roles),
  [EventType.CLIENT_REGISTERED]: () => security('C', configuration),
  [EventType.USER_AUTHENTICATED]: () => ({
    ...{ type: dicom('110114', 'User Authentication'), action: 'E' },
    subtype: [dicom('110122', 'Login')],
  }),
  [EventType.AUDIT_TRAIL_READ]: (query) => ({
    ...{ type: dicom('110101', 'Audit Log Used'), action: 'R' },
    subtype: [own('audit-trail-read', 'Access log read'), interaction(query ? 'search' : 'read')],
  }),
  [EventType.STUDY_REGISTERED]: () => restful('Create', own('study-registered', 'Study registered')),
  [EventType.AGREEMENT_PROPOSED]: () => restful('Create', own('agreement-proposed', 'Sharing proposed')),
  [EventType.AGREEMENT_ACCEPTED]: () => restful('Update', own('agreement-accepted', 'Sharing accepted')),
  [EventType.AGREEMENT_ENDED]: () => restful('Update', own('agreement-ended', 'Sharing ended')),
  [EventType.TRANSFER_AUTHORISED]: () =>
    security('E', own('transfer-authorised', 'Transfer authorised'), consentDecision),
  [EventType.TRANSFER_REFUSED]: () => security('E', own('transfer-refused', 'Transfer refused'), consentDecision),
  [EventType.TRANSFER_FULFILLED]: () => ({
    ...{ type: dicom('110106', 'Export'), action: 'R' },
    subtype: [own('transfer-fulfilled', 'Data handed over')],
  }),
  [EventType.DELETION_ATTESTED]: () => security('E', own('deletion-attested', 'Deletion attested')),
  [EventType.DELETION_OVERDUE]: () => security('E', own('deletion-overdue', 'Deletion overdue')),
  [EventType.LEDGER_DIFFERED]: () => security('E', own('ledger-differed', 'Ledger differs from the record')),
  [EventType.STUDY_CLOSED]: () => restful('Update', own('study-closed', 'Study closed')),
  [EventType.COHORT_DEFINED]: () => restful('Update', own('cohort-defined', 'Cohort defined')),
  [EventType.FEASIBILITY_ANSWERED]: () => restful('Read', own('feasibility-answered', 'Number of people told')),
  [EventType.RELEASE_REQUESTED]: () => restful('Update', own('release-requested', 'Release requested')),
  [EventType.RELEASE_APPROVED]: () => security('E', own('release-approved', 'Release approved')),
  [EventType.RELEASE_REJECTED]: () => security('E', own('release-rejected', 'Release rejected')),
  [EventType.BUILD_STARTED]: () => security('E', own('build-started', 'Making of a release started')),
  [EventType.BUILD_FAILED]: () => security('E', own('build-failed', 'Making of a release failed')),
  [EventType.BUILD_CANCELLED]: () => security('E', own('build-cancelled', 'Making of a release cancelled')),
  [EventType.RELEASE_SEALED]: () => restful('Create', own('release-sealed', 'Release sealed')),
  [EventType.RELEASE_DOWNLOADED]: () => ({
    ...{ type: dicom('110106', 'Export'), action: 'R' },
    subtype: [own('release-downloaded', 'Release downloaded')],
  }),
  [EventType.REQUEST_CLOSED]: () => restful('Update', own('request-closed', 'Request for a release closed')),
  [EventType.RELEASE_INCLUDED]: () => ({
    ...{ type: dicom('110106', 'Export'), action: 'R' },
    subtype: [own('release-included', 'Included in a research release')],
  }),
  [EventType.RELEASE_RECALLED]: () => security('E', own('release-recalled', 'Research release recalled')),
  [EventType.RELEASE_REPLACED]: () => security('E', own('release-replaced', 'Research release replaced')),
  [EventType.RELEASE_CLOSED]: () => security('E', own('release-closed', 'Research release closed')),
};

/** What kind of audit event it is; one of a later version's type is `unknown`. */
export const kindOf = (type: EventType, query: boolean): Kind => (kinds[type] ?? kinds[EventType.UNSPECIFIED])(query);
