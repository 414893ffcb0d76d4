import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consentWorld } from '../consent/testing/world.ts';
import { observation, patient, recordsWorld } from './testing/world.ts';

test('the guard with the consent service itself', async (t) => {
  const consents = await consentWorld(t);
  const world = await recordsWorld({ consentRpc: consents.service.rpc });
  const { call, file } = world;
  t.after(() => world.stop());

  const about = await file(patient());
  const id = await file(observation(about));
  const read = (as: string) => call('GET', `/fhir/Observation/${id}`, { as });
  const own = `patient/${about}`;
  const allow = { grantee: { organization: 'lindenhof' } };

  await t.test('the author reads for treatment, the patient reads everything, others are refused', async () => {
    assert.equal((await read('adler')).status, 200);
    assert.equal((await read(own)).status, 200);
    assert.equal((await read('chen')).status, 403);
    const everything = await call('GET', `/fhir/Patient/${about}/$everything`, { as: own });
    assert.equal(everything.body.total, 2);
    const written = await call('POST', '/fhir/Observation', { as: own, body: observation(about) });
    assert.equal(written.status, 403);
  });

  await t.test('a grant opens, labels that it does not name stay closed, a revocation closes at once', async () => {
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
    const restricted = await file({ ...observation(about), meta: { security } } as never);
    const ada = consents.logIn('ada', 'patient', { patient: about });
    const { consent } = await consents.outside.grant(allow, ada);
    assert.equal((await read('chen')).status, 200);
    assert.equal((await call('GET', `/fhir/Observation/${restricted}`, { as: 'chen' })).status, 403);
    const found = await call('GET', `/fhir/Observation?patient=${about}`, { as: 'chen' });
    assert.deepEqual([found.body.total, found.body.entry[0].resource.id], [1, id]);
    const racing = Array.from({ length: 20 }, () => read('chen'));
    await consents.outside.revoke({ consent, reason: 'no more' }, ada);
    const later = await Promise.all(Array.from({ length: 20 }, () => read('chen')));
    assert.ok(later.every(({ status }) => status === 403));
    assert.ok((await Promise.all(racing)).every(({ status }) => status === 200 || status === 403));
  });

  await t.test('break-glass is declared at the patient, opens, and stands in the record', async () => {
    assert.equal((await read('evans')).status, 403);
    const coding = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' }];
    const declare = (parameter: object[]) =>
      call('POST', `/fhir/Patient/${about}/$break-glass`, {
        as: 'evans',
        body: { resourceType: 'Parameters', parameter },
      });
    assert.equal((await declare([])).status, 400);
    assert.equal((await call('POST', '/fhir/Patient/nobody/$break-glass', { as: 'evans', body: {} })).status, 404);
    const reason = { name: 'reason', valueCodeableConcept: { coding, text: 'Found unconscious' } };
    const declared = await declare([reason]);
    assert.equal(declared.status, 200, JSON.stringify(declared.body));
    assert.match(declared.body.parameter[1].valueDateTime, /^2026-01-15T16:00/);
    assert.equal((await read('evans')).status, 200);
  });

  await t.test('the FHIR door serves Consent with the caller’s token', async () => {
    const mine = await call('GET', `/fhir/Consent?patient=${about}`, { as: own });
    assert.deepEqual([mine.status, mine.body.type, mine.body.total], [200, 'searchset', 1]);
    const { resource } = mine.body.entry[0];
    const one = await call('GET', `/fhir/Consent/${resource.id}`, { as: own });
    assert.deepEqual([one.status, one.headers.etag], [200, `W/"${resource.meta.versionId}"`]);
    const { id: _, meta: __, ...anew } = resource;
    const filed = await call('POST', '/fhir/Consent', { as: own, body: { ...anew, status: 'active' } });
    assert.equal(filed.status, 201, JSON.stringify(filed.body));
    assert.match(filed.headers.location!, /\/fhir\/Consent\/.+\/_history\/1$/);
    const nobody = { ...anew, status: 'active', patient: { reference: 'Patient/nobody' } };
    const refused = await call('POST', '/fhir/Consent', { as: own, body: nobody });
    assert.deepEqual([refused.status, refused.body.issue[0].code], [422, 'not-found']);
    assert.deepEqual(refused.body.issue[0].expression, ['Consent.patient.reference']);
  });

  await t.test('Consent/$explain says why, now and then; Consent/$revoke ends it', async () => {
    const ask = async (operation: string, given: Record<string, unknown>, as = own) => {
      const parameter = Object.entries(given).map(([name, valueString]) => ({ name, valueString }));
      const body = { resourceType: 'Parameters', parameter };
      const { status, body: answer } = await call('POST', `/fhir/Consent/${operation}`, { as, body });
      const value = (name: string) => answer.parameter.find((each: { name: string }) => each.name === name);
      return { status, answer, value };
    };
    const ada = consents.logIn('ada', 'patient', { patient: about });
    consents.clock.time += 60_000;
    const { consent } = await consents.outside.grant(allow, ada);
    const about1 = { subject: 'chen', organization: 'lindenhof', role: 'practitioner' };
    const now = await ask('$explain', about1);
    assert.equal(now.value('basis').valueString, `Consent/${consent}/_history/1`);
    assert.match(now.value('text').valueString, /It permits everything/);
    assert.ok(now.answer.parameter.some(({ part }: { part?: unknown[] }) => part?.length === 4));
    const before = await ask('$explain', { ...about1, at: '2026-01-15T12:00:30Z' });
    assert.notEqual(before.value('basis').valueString, now.value('basis').valueString);
    assert.equal((await ask('$explain', { ...about1, at: 'then' })).status, 400);
    assert.equal((await ask('$explain', { ...about1, colour: 'red' })).status, 400);
    assert.equal((await ask('$explain', { ...about1, patient: about }, 'evans')).status, 403);

    assert.equal((await ask(`${consent}/$revoke`, {}, 'evans')).status, 404);
    const revoked = await ask(`${consent}/$revoke`, { reason: 'enough' });
    assert.equal(revoked.value('consent').valueReference.reference, `Consent/${consent}/_history/2`);
    assert.notEqual((await ask('$explain', about1)).value('basis').valueString, now.value('basis').valueString);
  });
});
