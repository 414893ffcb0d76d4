import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { AuditEvent } from '@medplum/fhirtypes';
import {
  AuditDetail_Outcome,
  AuditDetailSchema,
  EventType,
  PublicEventSchema,
} from '../../../../proto/gen/healthchain/event/v1/event_pb.ts';
import { loadFhir } from '../../../records/fhir/fhir.ts';
import { auditEventOf } from './auditEvent.ts';

const names = { person: (id: string) => (id === 'p1' ? 'Ines Adler' : undefined), organization: () => 'Northgate' };
const agent = {
  ...{ subject: 'p1', organization: 'northgate', role: 'practitioner', purposeOfUse: 'TREAT' },
  ...{ client: 'portal', networkAddress: '192.0.2.7' },
};
type Detail = MessageInitShape<typeof AuditDetailSchema>;

function mapped(type: EventType, detail: Detail = {}, visible = detail.patients ?? []): AuditEvent {
  const event = { id: 'e1', type, source: 'records', occurredAt: timestampFromMs(Date.UTC(2026, 0, 2)) };
  const whole = { agent, outcome: AuditDetail_Outcome.SUCCESS, ...detail } as Detail;
  const circumstances = { baseUrl: 'https://h.example', names, visible };
  return auditEventOf(create(PublicEventSchema, event), create(AuditDetailSchema, whole), circumstances);
}
const codes = ({ type, subtype = [], action }: AuditEvent) => [type.code, subtype.map(({ code }) => code), action];
const profileOf = ({ meta }: AuditEvent) => meta?.profile?.[0]?.split('IHE.BasicAudit.')[1];
const about = { patients: ['pat'], entities: [{ type: 'Observation', id: 'o1', version: 3 }] };

test('each RESTful pattern of BALP has its codes and its profile, with a patient and without', () => {
  for (const [type, detail, expected, pattern] of [
    [EventType.RESOURCE_CREATED, {}, ['rest', ['create'], 'C'], 'Create'],
    [EventType.RESOURCE_UPDATED, {}, ['rest', ['update'], 'U'], 'Update'],
    [EventType.RESOURCE_DELETED, {}, ['rest', ['delete'], 'D'], 'Delete'],
    [EventType.ACCESS_RECORDED, {}, ['rest', ['read'], 'R'], 'Read'],
    [EventType.ACCESS_RECORDED, { query: Buffer.from('Observation?') }, ['rest', ['search'], 'E'], 'Query'],
    [EventType.CONSENT_GRANTED, {}, ['rest', ['consent-granted', 'create'], 'C'], 'Create'],
    [EventType.CONSENT_REVOKED, {}, ['rest', ['consent-revoked', 'update'], 'U'], 'Update'],
  ] as const) {
    assert.deepEqual(codes(mapped(type, { ...detail, ...about } as Detail)), expected);
    assert.equal(profileOf(mapped(type, { ...detail, ...about } as Detail)), `Patient${pattern}`);
    assert.equal(profileOf(mapped(type, detail as Detail)), pattern);
  }
});

test('break-glass, logins and readings of the trail have DICOM’s codes', () => {
  assert.deepEqual(codes(mapped(EventType.BREAK_GLASS_STARTED)), ['110113', ['110127'], 'E']);
  assert.deepEqual(codes(mapped(EventType.BREAK_GLASS_STOPPED)), ['110113', ['110138'], 'E']);
  assert.deepEqual(codes(mapped(EventType.USER_AUTHENTICATED)), ['110114', ['110122'], 'E']);
  assert.deepEqual(codes(mapped(EventType.AUDIT_TRAIL_READ)), ['110101', ['audit-trail-read', 'read'], 'R']);
  assert.equal(profileOf(mapped(EventType.BREAK_GLASS_STARTED)), undefined);
});

test('every type of event, and one of a later version, is a valid AuditEvent', async () => {
  const { validate } = await loadFhir({ base: 'https://h.example/fhir' });
  const types = Object.values(EventType).filter((type) => typeof type === 'number');
  for (const type of [...types, 999 as EventType]) {
    const event = mapped(type, { ...about, query: Buffer.from('x'), requestId: 'r1' } as Detail);
    const { resourceType, id, recorded, agent: agents, source } = event;
    validate(event, 'AuditEvent');
    assert.deepEqual([resourceType, id, recorded], ['AuditEvent', 'e1', '2026-01-02T00:00:00.000Z']);
    assert.equal(agents.filter(({ requestor }) => requestor).length, 1);
    assert.ok(source.observer.display);
  }
});

test('the agents are the person, the application, the organisation and the server', () => {
  const [person, application, organization, server] = mapped(EventType.ACCESS_RECORDED).agent;
  assert.equal(person!.type!.coding![0]!.code, 'IRCP');
  assert.deepEqual([person!.name, person!.who!.identifier!.value], ['Ines Adler', 'p1']);
  assert.equal(person!.purposeOfUse![0]!.coding![0]!.code, 'TREAT');
  assert.equal(application!.type!.coding![0]!.code, '110152');
  assert.deepEqual(application!.network, { address: '192.0.2.7', type: '2' });
  assert.deepEqual(organization!.who, { reference: 'Organization/northgate', display: 'Northgate' });
  assert.equal(server!.type!.coding![0]!.code, '110153');
});

test('a system, and somebody unknown, act by their application', () => {
  const system = mapped(EventType.RESOURCE_CREATED, {
    agent: { subject: 'c1', role: 'system', client: 'c1' } as never,
  });
  assert.deepEqual([system.agent[0]!.requestor, system.agent[0]!.who!.identifier!.value], [true, 'c1']);
  const unknown = mapped(EventType.USER_AUTHENTICATED, { agent: { client: 'portal' } as never });
  assert.deepEqual([unknown.agent[0]!.requestor, unknown.agent[0]!.who!.identifier!.value], [true, 'portal']);
});

test('the entities are the data, the patients, the query, the decision with its consents, and the request', () => {
  const query = 'Observation?code=8480-6&patient=pat';
  const basis = ['Consent/c1/_history/2', 'rule:3'];
  const { entity = [] } = mapped(EventType.ACCESS_RECORDED, {
    ...about,
    query: Buffer.from(query),
    decision: { id: 'd1', permit: true, basis, breakGlass: 'b1' },
    requestId: 'r1',
  } as Detail);
  assert.deepEqual(
    entity.map(({ what }) => what?.reference ?? what?.identifier?.value),
    ['Observation/o1/_history/3', 'Patient/pat', undefined, 'd1', 'Consent/c1/_history/2', 'r1'],
  );
  assert.equal(Buffer.from(entity[2]!.query!, 'base64').toString(), query);
  assert.deepEqual(
    entity[3]!.detail!.map(({ type, valueString }) => `${type} ${valueString}`),
    ['verdict permit', `basis ${basis[0]}`, 'basis rule:3', 'break-glass b1'],
  );
});

test('a refusal by consent has outcome 4, the decision’s subtype, and no profile of success', () => {
  const decision = { id: 'd1', permit: false, basis: [] };
  const refused = mapped(EventType.ACCESS_RECORDED, {
    ...{ ...about, decision, outcome: AuditDetail_Outcome.REFUSED },
    outcomeDescription: 'No consent permits it.',
  } as Detail);
  assert.deepEqual(codes(refused), ['rest', ['read', 'AuthZ-Consent'], 'R']);
  assert.deepEqual([refused.outcome, refused.outcomeDesc], ['4', 'No consent permits it.']);
  assert.equal(refused.meta, undefined);
  assert.equal(mapped(EventType.ACCESS_RECORDED, { outcome: AuditDetail_Outcome.ERROR }).outcome, '8');
});

test('one of several patients sees who did what, and nothing that could name the others', () => {
  const detail = {
    ...{ patients: ['pat', 'other'], entities: [{ type: 'Observation', id: 'others', version: 1 }] },
    query: Buffer.from('Observation?patient=other'),
    decision: { id: 'd1', permit: true, basis: ['Consent/others/_history/1'], breakGlass: 'b-other' },
  } as Detail;
  const event = mapped(EventType.ACCESS_RECORDED, detail, ['pat']);
  assert.deepEqual(codes(event), ['rest', ['search'], 'E']);
  assert.equal(event.meta, undefined);
  assert.deepEqual(event.entity!.map(({ what }) => what?.reference).filter(Boolean), ['Patient/pat']);
  assert.equal(/other/.test(JSON.stringify(event)), false);
});
