import type { AuditEventEntity, Coding } from '@medplum/fhirtypes';
import type {
  AuditDetail,
  AuditDetail_Decision,
  AuditDetail_Entity,
} from '../../../../proto/gen/healthchain/event/v1/event_pb.ts';

const entityType = (code: string, display: string): Coding => ({
  system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  code,
  display,
});
const role = (code: string, display: string): Coding => ({
  system: 'http://terminology.hl7.org/CodeSystem/object-role',
  code,
  display,
});
const systemObject = entityType('2', 'System Object');
const requestId: Coding = {
  system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
  code: 'XrequestId',
};

/** What it was done to, about whom, what was asked, what it was decided on; BALP's slices and one for the decision. */
export function entitiesOf(detail: AuditDetail): AuditEventEntity[] {
  const { entities, patients, query, decision } = detail;
  return [
    ...entities.filter((entity) => !isPatient(entity, patients)).map(data),
    ...patients.map(patient),
    ...(query.length > 0 ? [asked(query)] : []),
    ...(decision ? [decided(decision), ...decision.basis.filter(isConsent).map(consent)] : []),
    ...(detail.requestId ? [request(detail.requestId)] : []),
  ];
}

function data({ type, id, version }: AuditDetail_Entity): AuditEventEntity {
  const reference = version > 0 ? `${type}/${id}/_history/${version}` : `${type}/${id}`;
  return { what: { reference }, type: systemObject, role: role('4', 'Domain Resource') };
}

/** Whether the entity is a patient, and no version of their Patient resource: that is said once. */
const isPatient = ({ type, id, version }: AuditDetail_Entity, patients: string[]) =>
  type === 'Patient' && version === 0 && patients.includes(id);

const patient = (id: string): AuditEventEntity => ({
  what: { reference: `Patient/${id}` },
  type: entityType('1', 'Person'),
  role: role('1', 'Patient'),
});

const asked = (query: Uint8Array): AuditEventEntity => ({
  type: systemObject,
  role: role('24', 'Query'),
  query: Buffer.from(query).toString('base64'),
});

function decided({ id, permit, basis, breakGlass }: AuditDetail_Decision): AuditEventEntity {
  return {
    what: { identifier: { system: 'urn:healthchain:decision', value: id } },
    type: { system: 'urn:healthchain:entity-type', code: 'decision', display: 'Consent decision' },
    detail: [
      { type: 'verdict', valueString: permit ? 'permit' : 'deny' },
      ...basis.map((each) => ({ type: 'basis', valueString: each })),
      ...(breakGlass ? [{ type: 'break-glass', valueString: breakGlass }] : []),
    ],
  };
}

const isConsent = (basis: string) => basis.startsWith('Consent/');

const consent = (reference: string): AuditEventEntity => ({
  what: { reference },
  type: { system: 'http://hl7.org/fhir/resource-types', code: 'Consent', display: 'Consent' },
});

const request = (value: string): AuditEventEntity => ({ what: { identifier: { value } }, type: requestId });
