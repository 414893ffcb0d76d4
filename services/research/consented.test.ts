import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import { consentWorld } from '../consent/testing/world.ts';
import { patient, recordsWorld } from '../records/testing/world.ts';
import { researchWorld } from './testing/world.ts';

const icd10 = 'http://hl7.org/fhir/sid/icd-10';
const hypertension = { type: 'condition', codes: [{ system: icd10, code: 'I10-I15', descendants: true }] };
const condition = (of: string) => ({
  resourceType: 'Condition',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
  },
  code: { coding: [{ system: icd10, code: 'I10' }] },
  subject: { reference: `Patient/${of}` },
  recordedDate: '2024-05-01',
});

test('research reads who consents, through the guard, into their access logs, and nobody else', async (t) => {
  const consents = await consentWorld(t);
  const records = await recordsWorld({ consentRpc: consents.service.rpc });
  t.after(() => records.stop());
  const { call } = await researchWorld(t, { others: [...consents.service.rpc, ...records.service.rpc] });
  const { body: study } = await call('hale', 'POST', '/studies', { title: 'T', purpose_of_use: 'HRESCH' });
  const { status } = await call('hale', 'POST', `/studies/${study.id}/definitions`, { criteria: hypertension });
  assert.equal(status, 201);
  const people: string[] = [];
  for (let n = 0; n < 34; n++) {
    const id = await records.file(patient('Berg', `HC${n}`));
    await records.file(condition(id));
    people.push(id);
  }
  const [silent, other, taking, leaving] = [people[0]!, people[1]!, people.slice(2, 33), people[33]!];
  const as = (id: string) => consents.logIn(id, 'patient', { patient: id });
  const grant = (id: string, purpose: string) =>
    consents.outside.grant({ patient: id, grantee: { organization: 'northgate' }, purposes: [purpose] }, as(id));
  for (const id of taking) await grant(id, `urn:healthchain:study|${study.id}`);
  await grant(other, 'TREAT');
  const { consent } = await grant(leaving, 'HRESCH');
  await consents.outside.revoke({ consent, reason: 'no more' }, as(leaving));

  /** Whose record was read since, by the events of the records service. */
  async function read(since: number): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (const { events } of await records.disk.store.readAll(since, 10_000))
      for (const { type, owner } of events)
        if (type === 'AccessRecorded') found.set(owner, (found.get(owner) ?? 0) + 1);
    return found;
  }
  const before = (await records.disk.store.readAll(0, 10_000)).at(-1)!.position;
  const told = await call('hale', 'POST', `/studies/${study.id}/definitions/1/feasibility`);
  assert.equal(told.status, 200, told.text);
  const reads = await read(before);
  assert.deepEqual([...reads.keys()].sort(), [...taking].sort());
  assert.ok([...reads.values()].every((searches) => searches === 2)); // Patient, Condition
  assert.ok(!reads.has(silent));
});

test('nobody reads for a study but the research service', async (t) => {
  const consents = await consentWorld(t);
  const records = await recordsWorld({ consentRpc: consents.service.rpc });
  t.after(() => records.stop());
  const research = { subject: 'hale', organization: 'northgate', study: 'x', purposeOfUse: 'HRESCH' };
  const drain = async (options: object) => {
    for await (const _ of records.outside.client(RecordsService).search({ query: 'Patient?_id=1', research }, options))
      assert.fail('nothing may be answered');
  };
  await assert.rejects(drain({ token: 'adler' }), /Only the research service/);
  await assert.rejects(drain({}), /needs an access token/);
});
