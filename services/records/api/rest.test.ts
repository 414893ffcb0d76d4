import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { observation, patient, recordsWorld } from '../testing/world.ts';

const world = await recordsWorld();
const { call, file } = world;
after(() => world.stop());

test('what is created is read again, with its version, by id and by version', async () => {
  const created = await call('POST', '/fhir/Patient', { body: patient() });
  assert.equal(created.status, 201);
  const { id, meta } = created.body;
  assert.equal(created.headers.location, `http://localhost:8080/fhir/Patient/${id}/_history/1`);
  assert.equal(created.headers.etag, 'W/"1"');
  assert.equal(meta.versionId, '1');
  const read = await call('GET', `/fhir/Patient/${id}`);
  assert.equal(read.status, 200);
  assert.deepEqual(read.body, created.body);
  assert.match(read.headers['content-type']!, /^application\/fhir\+json/);
  assert.deepEqual((await call('GET', `/fhir/Patient/${id}/_history/1`)).body, created.body);
  const cached = await call('GET', `/fhir/Patient/${id}`, { headers: { 'if-none-match': 'W/"1"' } });
  assert.equal(cached.status, 304);
  assert.equal((await call('HEAD', `/fhir/Patient/${id}`)).status, 200);
});

test('an update makes a version, a stale If-Match changes nothing, the history has all of it', async () => {
  const id = await file(patient());
  const body = { ...patient('Castillo'), id };
  const updated = await call('PUT', `/fhir/Patient/${id}`, { body, headers: { 'if-match': 'W/"1"' } });
  assert.equal(updated.status, 200);
  assert.equal(updated.body.meta.versionId, '2');
  const stale = await call('PUT', `/fhir/Patient/${id}`, { body, headers: { 'if-match': 'W/"1"' } });
  assert.equal(stale.status, 412);
  assert.equal(stale.body.resourceType, 'OperationOutcome');
  const history = await call('GET', `/fhir/Patient/${id}/_history`);
  assert.deepEqual(
    history.body.entry.map(({ request }: { request: { method: string } }) => request.method),
    ['PUT', 'POST'],
  );
  assert.equal(history.body.entry[1].resource.name[0].family, 'Berg');
  const other = await call('PUT', `/fhir/Patient/${id}`, { body: { ...body, id: 'another' } });
  assert.deepEqual([other.status, other.body.issue[0].expression], [400, ['Patient.id']]);
});

test('answers are JSON: whoever takes only something else is told so, and nothing happens', async () => {
  const id = await file(patient());
  const get = (headers: Record<string, string>, query = '') => call('GET', `/fhir/Patient/${id}${query}`, { headers });
  for (const accept of ['application/fhir+json;fhirVersion=4.0', 'text/html, */*;q=0.8', 'application/*', 'text/json'])
    assert.equal((await get({ accept })).status, 200, accept);
  for (const accept of ['application/fhir+xml', 'text/html', 'application/json;q=0'])
    assert.equal((await get({ accept })).status, 406, accept);
  const xml = await get({}, '?_format=xml');
  assert.deepEqual([xml.status, xml.body.issue[0].expression], [406, ['_format']]);
  assert.equal((await get({ accept: 'application/fhir+xml' }, '?_format=application/fhir+json')).status, 200);
  const refused = await call('DELETE', `/fhir/Patient/${id}`, { headers: { accept: 'application/xml' } });
  assert.equal(refused.status, 406);
  assert.equal((await get({})).body.meta.versionId, '1');
});

test('what is no interaction here is told from what is no id', async () => {
  for (const [url, code] of [
    ['Observation/_history', 'not-supported'],
    ['Patient/$match', 'not-supported'],
    ['Patient/a_b', 'value'],
  ])
    assert.equal((await call('GET', `/fhir/${url}`)).body.issue[0].code, code);
});

test('a patch changes what it says and fails whole', async () => {
  const id = await file(patient());
  const headers = { 'content-type': 'application/json-patch+json' };
  const patch = [
    { op: 'test', path: '/name/0/family', value: 'Berg' },
    { op: 'replace', path: '/name/0/family', value: 'Demir' },
    { op: 'add', path: '/active', value: true },
  ];
  const patched = await call('PATCH', `/fhir/Patient/${id}`, { body: patch, headers });
  assert.equal(patched.status, 200);
  assert.deepEqual(
    [patched.body.name[0].family, patched.body.active, patched.body.meta.versionId],
    ['Demir', true, '2'],
  );
  const again = await call('PATCH', `/fhir/Patient/${id}`, { body: patch, headers });
  assert.equal(again.status, 422);
  const invalid = await call('PATCH', `/fhir/Patient/${id}`, {
    body: [{ op: 'add', path: '/sex', value: 'f' }],
    headers,
  });
  assert.equal(invalid.status, 400);
  assert.equal((await call('GET', `/fhir/Patient/${id}`)).body.meta.versionId, '2');
});

test('what is deleted is gone, and its history stays', async () => {
  const about = await file(patient());
  const id = await file(observation(about));
  assert.equal((await call('DELETE', `/fhir/Observation/${id}`)).status, 204);
  assert.equal((await call('GET', `/fhir/Observation/${id}`)).status, 410);
  assert.equal((await call('GET', `/fhir/Observation/${id}/_history/1`)).status, 200);
  assert.equal((await call('GET', `/fhir/Observation?patient=${about}`)).body.total, 0);
  assert.equal((await call('DELETE', `/fhir/Observation/${id}`)).status, 204);
});

test('Prefer says how much is answered', async () => {
  const minimal = await call('POST', '/fhir/Patient', { body: patient(), headers: { prefer: 'return=minimal' } });
  assert.deepEqual([minimal.status, minimal.body], [201, undefined]);
  const outcome = await call('POST', '/fhir/Patient', {
    body: patient(),
    headers: { prefer: 'return=OperationOutcome' },
  });
  assert.equal(outcome.body.resourceType, 'OperationOutcome');
});

test('directories are open to ids that the client chose, and are changed by their organisation only', async () => {
  const body = { resourceType: 'Organization', id: 'north', name: 'North', active: true };
  assert.equal((await call('PUT', '/fhir/Organization/north', { body })).status, 201);
  assert.equal((await call('PUT', '/fhir/Organization/north', { body })).status, 200);
  assert.equal((await call('PUT', '/fhir/Organization/north', { body, as: 'chen' })).status, 403);
  assert.equal((await call('GET', '/fhir/Organization/north', { as: 'chen' })).status, 200);
  assert.equal((await call('GET', '/fhir/Organization/nowhere')).status, 404);
  assert.equal((await call('GET', '/fhir/Organization?name=nor', { as: 'chen' })).body.total, 1);
  assert.equal((await call('PUT', '/fhir/Patient/mine', { body: { ...patient(), id: 'mine' } })).status, 403);
});

test('bad input is answered by its kind and changes nothing', async () => {
  const about = await file(patient());
  const wrong = (body: unknown) => call('POST', '/fhir/Observation', { body });
  const cases: [Awaited<ReturnType<typeof wrong>>, number, string][] = [
    [await wrong('{"resourceType": '), 400, 'structure'],
    [await wrong(patient()), 400, 'invalid'],
    [await wrong({ ...observation(about), colour: 'red' }), 400, 'structure'],
    [await wrong({ ...observation(about), status: 'odd' }), 400, 'value'],
    [await wrong(observation('00000000-0000-4000-8000-000000000000')), 422, 'not-found'],
    [await wrong({ ...observation(about), note: [{ text: 'x'.repeat(5 << 20) }] }), 413, 'too-long'],
    [
      await call('POST', '/fhir/Observation', { body: '<x/>', headers: { 'content-type': 'text/xml' } }),
      415,
      'not-supported',
    ],
    [await call('POST', '/fhir/Observation', { body: observation(about), as: 'reader' }), 403, 'forbidden'],
    [await call('GET', `/fhir/Patient/${about}`, { as: 'reader' }), 403, 'forbidden'],
    [await call('GET', `/fhir/Patient/${about}`, { as: 'stranger' }), 401, 'login'],
    [await call('GET', `/fhir/Patient/${about}`, { as: '' }), 401, 'login'],
    [await call('GET', '/fhir/Starship/1'), 404, 'not-found'],
    [await call('GET', `/fhir/Observation?patient=${about}&colour=red`), 400, 'not-supported'],
    [await call('GET', '/fhir/Observation?code=8867-4'), 400, 'not-supported'],
    [await call('POST', '/fhir', { body: { resourceType: 'Bundle', type: 'collection' } }), 400, 'value'],
    [await wrong(`{"resourceType":"Observation","note":${'['.repeat(5000)}${']'.repeat(5000)}}`), 400, 'structure'],
  ];
  for (const [answer, status, code] of cases) {
    assert.deepEqual([answer.status, answer.body.issue[0].code], [status, code]);
    assert.equal(answer.body.resourceType, 'OperationOutcome');
  }
  const reference = await wrong(observation('00000000-0000-4000-8000-000000000000'));
  assert.deepEqual(reference.body.issue[0].expression, ['Observation.subject.reference']);
  assert.equal((await call('GET', `/fhir/Observation?patient=${about}`)).body.total, 0);
});

test('what other services keep is never stored here', async () => {
  const consent = { resourceType: 'Consent', status: 'active' };
  const entry = [{ resource: consent, request: { method: 'POST', url: 'Consent' } }];
  for (const [method, path, body] of [
    ['POST', '/fhir', { resourceType: 'Bundle', type: 'transaction', entry }],
    ['DELETE', '/fhir/Consent/1', undefined],
    ['PUT', '/fhir/AuditEvent/1', { resourceType: 'AuditEvent', id: '1' }],
    ['POST', '/fhir/AuditEvent', { resourceType: 'AuditEvent' }],
    ['GET', '/fhir/AuditEvent/1/_history', undefined],
  ] as const) {
    const answer = await call(method, path, { body });
    assert.deepEqual([answer.status, answer.body.issue[0].code], [400, 'not-supported'], path);
  }
});

test('metadata is public', async () => {
  const { status, body } = await call('GET', '/fhir/metadata', { as: '' });
  assert.deepEqual([status, body.resourceType, body.fhirVersion], [200, 'CapabilityStatement', '4.0.1']);
});
