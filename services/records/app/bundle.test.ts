import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { observation, patient, recordsWorld } from '../testing/world.ts';

const world = await recordsWorld();
const { call, file } = world;
after(() => world.stop());

const post = (resource: object & { resourceType: string }, fullUrl?: string, request = {}) => ({
  ...(fullUrl && { fullUrl }),
  resource,
  request: { method: 'POST', url: resource.resourceType, ...request },
});
const bundle = (type: string, ...entry: object[]) => ({ resourceType: 'Bundle', type, entry });
const urn = (n: number) => `urn:uuid:00000000-0000-4000-8000-00000000000${n}`;
const about = (reference: string, change = {}) => ({ ...observation('x'), subject: { reference }, ...change });

async function commits(): Promise<number> {
  return (await world.disk.store.readAll(0, 100_000)).length;
}

test('a transaction resolves the references between its entries and is one append', async () => {
  const whole = bundle('transaction', post(about(urn(1)), urn(2)), post(patient(), urn(1)));
  const { status, body } = await call('POST', '/fhir', { body: whole });
  assert.deepEqual([status, body.type], [200, 'transaction-response']);
  assert.deepEqual(
    body.entry.map(({ response }: Answered) => response.status),
    ['201 Created', '201 Created'],
  );
  const [observed, patientId] = body.entry.map(({ response }: Answered) => response.location.split('/')[1]);
  const read = await call('GET', `/fhir/Observation/${observed}`);
  assert.equal(read.body.subject.reference, `Patient/${patientId}`);
});

test('a transaction with one bad entry changes nothing and says where it is bad', async () => {
  const before = await commits();
  const wrong: (object & { resourceType: string })[] = [
    about(urn(1), { status: 'odd' }),
    about(urn(9)),
    about('Patient/00000000-0000-4000-8000-000000000000'),
  ];
  for (const bad of wrong) {
    const { status, body } = await call('POST', '/fhir', {
      body: bundle('transaction', post(patient(), urn(1)), post(bad)),
    });
    assert.ok(status === 400 || status === 422);
    assert.equal(body.resourceType, 'OperationOutcome');
    assert.match(body.issue[0].expression[0], /^Bundle\.entry\[1\]\.resource\.(status|subject)(\.reference)?$/);
  }
  const twice = { resource: patient(), request: { method: 'PUT', url: 'Organization/twice' } };
  assert.equal((await call('POST', '/fhir', { body: bundle('transaction', twice, twice) })).status, 400);
  assert.equal(await commits(), before);
});

test('whatever is wrong with an entry is told with its place', async () => {
  const twice = { resource: patient(), request: { method: 'PUT', url: 'Organization/twice' } };
  const patch = { contentType: 'application/json-patch+json', data: Buffer.from('[{}]').toString('base64') };
  const elsewhere: [expression: string, ...object[]][] = [
    ['Bundle.entry[1]', twice, twice],
    ['Bundle.entry[1].fullUrl', post(patient(), urn(1)), post(patient(), urn(1))],
    ['Bundle.entry[0]', { request: { method: 'DELETE', url: 'Patient/none' } }],
    ['Bundle.entry[0].resource', { request: { method: 'POST', url: 'Patient' } }],
    ['Bundle.entry[0]', { resource: patch, request: { method: 'PATCH', url: 'Organization/none' } }],
    ['Bundle.entry[1]', post(patient(), urn(1)), post(about(urn(1)), urn(2), { ifNoneExist: 'odd=1' })],
  ];
  for (const [expression, ...entries] of elsewhere) {
    const { body } = await call('POST', '/fhir', { body: bundle('transaction', ...entries) });
    assert.deepEqual(body.issue[0].expression, [expression]);
  }
});

test('the same Idempotency-Key answers the same, and refuses another request', async () => {
  const body = bundle('transaction', post(patient(), urn(1)), post(about(urn(1))));
  const headers = { 'idempotency-key': 'once' };
  const [one, other] = await Promise.all([0, 1].map(() => call('POST', '/fhir', { body, headers })));
  assert.equal(one!.status, 200);
  assert.deepEqual(one!.body, other!.body);
  assert.deepEqual((await call('POST', '/fhir', { body, headers })).body, one!.body);
  const different = await call('POST', '/fhir', { body: bundle('transaction', post(patient())), headers });
  assert.equal(different.status, 422);
  const created = await call('POST', '/fhir/Patient', { body: patient(), headers: { 'idempotency-key': 'twice' } });
  const again = await call('POST', '/fhir/Patient', { body: patient(), headers: { 'idempotency-key': 'twice' } });
  assert.deepEqual([again.status, again.body], [201, created.body]);
  const mine = await call('POST', '/fhir/Patient', {
    body: patient(),
    headers: { 'idempotency-key': 'twice' },
    as: 'chen',
  });
  assert.notEqual(mine.body.id, created.body.id);
});

test('conditional creates make one resource, however many race', async () => {
  const organization = { resourceType: 'Organization', identifier: [{ system: 'urn:x', value: '1' }], name: 'One' };
  const headers = { 'if-none-exist': 'identifier=urn:x|1' };
  const race = Array.from({ length: 10 }, (_, n) =>
    call('POST', '/fhir/Organization', { body: organization, headers, as: n % 2 ? 'adler' : 'chen' }),
  );
  const answers = await Promise.all(race);
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(9).fill(200), 201]);
  const inBundle = post(organization, urn(3), { ifNoneExist: 'identifier=urn:x|1' });
  const role = { resourceType: 'PractitionerRole', organization: { reference: urn(3) } };
  const { body } = await call('POST', '/fhir', { body: bundle('transaction', inBundle, inBundle, post(role)) });
  assert.deepEqual(
    body.entry.map(({ response }: Answered) => response.status),
    ['200 OK', '200 OK', '201 Created'],
  );
});

test('a conditional create shows nobody what another may not read', async () => {
  const headers = { 'if-none-exist': 'identifier=urn:oid:2.999.1.1|HC77' };
  const own = await call('POST', '/fhir/Patient', { body: patient('Berg', 'HC77'), headers });
  world.consent.policy = () => undefined;
  const other = await call('POST', '/fhir/Patient', { body: patient('Berg', 'HC77'), headers, as: 'chen' });
  world.consent.policy = () => ({ any: [{ rule: { type: 'permit' } }] });
  assert.deepEqual([own.status, other.status], [201, 201]);
  assert.notEqual(own.body.id, other.body.id);
});

test('conditional update, patch and delete find their one resource', async () => {
  const query = '/fhir/Organization?identifier=urn:x|2';
  const organization = { resourceType: 'Organization', identifier: [{ system: 'urn:x', value: '2' }], name: 'Two' };
  assert.equal((await call('PUT', query, { body: organization })).status, 201);
  assert.equal((await call('PUT', query, { body: { ...organization, name: 'Zwei' } })).status, 200);
  const headers = { 'content-type': 'application/json-patch+json' };
  const patched = await call('PATCH', query, { body: [{ op: 'replace', path: '/name', value: 'Deux' }], headers });
  assert.deepEqual([patched.status, patched.body.name, patched.body.meta.versionId], [200, 'Deux', '3']);
  await file(organization);
  assert.equal((await call('DELETE', query)).status, 412);
  assert.equal((await call('DELETE', `${query}&name=Deux`)).status, 204);
  assert.equal((await call('DELETE', `${query}&name=Deux`)).status, 404);
});

test('conditional references in a transaction are resolved', async () => {
  const id = await file(patient('Berg', 'HC88'));
  const refers = (value: string) => post(about(`Patient?identifier=urn:oid:2.999.1.1|${value}`));
  const { body } = await call('POST', '/fhir', { body: bundle('transaction', refers('HC88')) });
  const read = await call('GET', `/fhir/${body.entry[0].response.location.split('/_history')[0]}`);
  assert.equal(read.body.subject.reference, `Patient/${id}`);
  assert.equal((await call('POST', '/fhir', { body: bundle('transaction', refers('none')) })).status, 422);
});

test('a batch answers each entry by itself; reads come along', async () => {
  const id = await file(patient());
  const entries = [
    post(about(`Patient/${id}`)),
    post(about(`Patient/${id}`, { status: 'odd' })),
    { request: { method: 'GET', url: `Patient/${id}` } },
    { request: { method: 'GET', url: `Observation?patient=${id}&_summary=count` } },
    { request: { method: 'DELETE', url: 'Starship/1' } },
  ];
  const { status, body } = await call('POST', '/fhir', { body: bundle('batch', ...entries) });
  assert.equal(status, 200);
  const statuses = body.entry.map(({ response }: Answered) => response.status.slice(0, 3));
  assert.deepEqual(statuses, ['201', '400', '200', '200', '400']);
  assert.equal(body.entry[2].resource.id, id);
  assert.equal(body.entry[1].response.outcome.resourceType, 'OperationOutcome');
});

interface Answered {
  response: { status: string; location: string };
}
