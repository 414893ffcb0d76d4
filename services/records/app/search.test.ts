import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { observation, patient, recordsWorld } from '../testing/world.ts';

const { call, file, stop } = await recordsWorld();
after(stop);

const about = await file(patient('Berg', 'HC100'));
const other = await file(patient('Demir', 'HC200'));
const practitioner = await file({ resourceType: 'Practitioner', identifier: [{ value: 'P1' }] } as never);
const encounter = await file({
  resourceType: 'Encounter',
  status: 'finished',
  class: { code: 'AMB' },
  subject: { reference: `Patient/${about}` },
  participant: [{ individual: { reference: `Practitioner/${practitioner}` } }],
} as never);
const ids: string[] = [];
for (let n = 0; n < 5; n++) {
  const measured = observation(about, 60 + 10 * n, `2025-0${n + 1}-01T08:00:00Z`);
  ids.push(await file({ ...measured, encounter: { reference: `Encounter/${encounter}` } } as never));
}
await file(observation(other));

interface Bundle {
  total?: number;
  entry?: { resource: { id: string; resourceType: string }; search: { mode: string } }[];
  link: { relation: string; url: string }[];
}

async function search(query: string): Promise<Bundle> {
  const { status, body } = await call('GET', `/fhir/${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}
const found = ({ entry = [] }: Bundle) => entry.map(({ resource }) => resource.id);

const expected: [query: string, ids: (string | undefined)[]][] = [
  ['date=ge2025-03-01&_sort=date', ids.slice(2)],
  ['value-quantity=gt80&_sort=date', ids.slice(3)],
  ['code=http://loinc.org|8867-4&_sort=-date', [...ids].reverse()],
  ['code=http://loinc.org|1-1', []],
  [`encounter=Encounter/${encounter}&_sort=date&_count=2`, ids.slice(0, 2)],
];
for (const [query, wanted] of expected) {
  test(`Observation?patient=…&${query.split('/').at(-1)}`, async () => {
    assert.deepEqual(found(await search(`Observation?patient=${about}&${query}`)), wanted);
    assert.deepEqual(found(await search(`Observation?subject=Patient/${about}&${query}`)), wanted);
    const posted = await call('POST', '/fhir/Observation/_search', {
      body: `patient=${about}&${query}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.deepEqual(found(posted.body), wanted);
  });
}

test('pages follow each other without a gap, whatever is written meanwhile', async () => {
  const seen: string[] = [];
  let url: string | undefined = `http://localhost:8080/fhir/Observation?patient=${about}&date=lt2025-12-01&_count=2`;
  while (url) {
    const page: Bundle = await search(url.slice('http://localhost:8080/fhir/'.length));
    assert.equal(page.total, seen.length ? 5 + seen.length / 2 : 5);
    seen.push(...found(page));
    await file(observation(about, 99, '2025-11-01T08:00:00Z'));
    url = page.link.find(({ relation }) => relation === 'next')?.url;
  }
  assert.deepEqual(seen, [...ids].reverse());
});

test('_summary=count counts, _total=none does not, _elements shortens', async () => {
  const counted = await search(`Observation?patient=${about}&date=lt2025-06-01&_summary=count`);
  assert.deepEqual([counted.total, counted.entry], [5, undefined]);
  assert.equal((await search(`Observation?patient=${about}&_total=none`)).total, undefined);
  const [entry] = (await search(`Observation?patient=${about}&_elements=status&_count=1`)).entry!;
  assert.equal('valueQuantity' in entry!.resource, false);
});

test('_include and _revinclude bring what belongs to a page', async () => {
  const modes = ({ entry = [] }: Bundle) =>
    entry.map(({ resource, search: { mode } }) => `${mode} ${resource.resourceType}`);
  const included = await search(
    `Observation?_id=${ids[0]}&_include=Observation:encounter&_include:iterate=Encounter:participant`,
  );
  assert.deepEqual(modes(included), ['match Observation', 'include Encounter', 'include Practitioner']);
  const referring = await search(`Encounter?patient=${about}&_revinclude=Observation:encounter`);
  assert.equal(modes(referring).filter((each) => each === 'include Observation').length, 5);
});

test('a patient is found by identifier, through its keyed hash; nobody is found without', async () => {
  assert.deepEqual(found(await search('Patient?identifier=urn:oid:2.999.1.1|HC100')), [about]);
  assert.deepEqual(found(await search('Patient?identifier=HC100')), [about]);
  assert.deepEqual(found(await search('Patient?identifier=urn:oid:2.999.9|HC100')), []);
  assert.deepEqual(found(await search(`Patient?_id=${about}`)), [about]);
  const across = await call('GET', '/fhir/Patient?family=Berg');
  assert.deepEqual([across.status, across.body.issue[0].code], [400, 'not-supported']);
  assert.match(across.body.issue[0].diagnostics, /across patients/);
  const many = Array.from({ length: 201 }, (_, n) => `p-${n}`).join(',');
  for (const name of ['_id', 'identifier'])
    assert.equal((await call('GET', `/fhir/Patient?${name}=${many}`)).status, 400);
});

test('$everything is the compartment and what it refers to', async () => {
  const { body } = await call('GET', `/fhir/Patient/${about}/$everything?_type=Patient,Encounter`);
  const types = body.entry.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType);
  assert.deepEqual(types, ['Patient', 'Encounter', 'Practitioner']);
  const first = await call('GET', `/fhir/Patient/${about}/$everything?_count=1`);
  assert.ok(first.body.link.some(({ relation }: { relation: string }) => relation === 'next'));
});

test('an updated resource is found by what it is now', async () => {
  const id = await file(observation(other, 150, '2024-01-01'));
  const query = `Observation?patient=${other}&date=2024-01-01&value-quantity=gt100`;
  assert.deepEqual(found(await search(query)), [id]);
  await call('PUT', `/fhir/Observation/${id}`, { body: { ...observation(other, 50, '2024-01-01'), id } });
  assert.deepEqual(found(await search(query)), []);
});
