import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { actCode } from '../../contracts/rules/vocabulary.ts';
import { EventType } from '../../proto/gen/healthchain/event/v1/event_pb.ts';
import { consentWorld } from '../consent/testing/world.ts';
import { publish } from './app/publish.ts';
import type { ResourceEvent } from './domain/resource.ts';
import { disk, observation, patient, recordsWorld, type World } from './testing/world.ts';

const label = (code: string) => ({ system: actCode, code });
const coded = (about: string, code: string, system = 'http://loinc.org') => ({
  ...observation(about),
  code: { coding: [{ system, code }] },
});
const viralLoad = (about: string) => coded(about, '20447-9');
const local = 'urn:example:local';

interface Labelled {
  meta: { versionId: string; security?: { code: string }[] };
}
/** Without the R that stands for sensitivities. */
const codes = ({ meta }: Labelled) => (meta.security ?? []).map(({ code }) => code).filter((code) => code !== 'R');

const ordering = (operation: string, ...labels: object[]) => ({
  operation: `$meta-${operation}`,
  body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { security: labels } }] },
});
const order = ({ call }: World, as: string, reference: string, { operation, body }: ReturnType<typeof ordering>) =>
  call('POST', `/fhir/${reference}/${operation}`, { as, body });

const relabel = async ({ call }: World, as: string, query = '') => {
  const { status, body } = await call('POST', `/fhir/$relabel${query}`, { as });
  const told = (body.parameter ?? []).map(({ name, valueInteger }: { name: string; valueInteger: number }) => {
    return [name, valueInteger];
  });
  return { status, ...(Object.fromEntries(told) as Record<'through' | 'last' | 'examined' | 'relabelled', number>) };
};

test('what is sensitive is labelled as it is written, and read only where a grant names its label', async (t) => {
  const consents = await consentWorld(t);
  const world = await recordsWorld({ consentRpc: consents.service.rpc });
  const { call, file } = world;
  t.after(() => world.stop());
  const about = await file(patient());
  const ada = consents.logIn('ada', 'patient', { patient: about });
  const id = await file(viralLoad(about));
  const grantee = { organization: 'lindenhof' };
  const status = async (path: string) => (await call('GET', `/fhir/${path}`, { as: 'chen' })).status;
  const found = async () => (await call('GET', `/fhir/Observation?patient=${about}`, { as: 'chen' })).body.total;

  await t.test('the label stands in meta.security, for the author too', async () => {
    const { body } = await call('GET', `/fhir/Observation/${id}`);
    assert.deepEqual(codes(body), ['HIV']);
    assert.deepEqual(
      body.meta.security.map(({ code }: { code: string }) => code),
      ['HIV', 'R'],
    );
    assert.match(JSON.stringify(body.meta.security), /extension-sec-label-classifier/);
    assert.equal((await call('GET', `/fhir/Observation?patient=${about}&_security=${actCode}|HIV`)).body.total, 1);
  });

  await t.test('a grant that does not name it leaves it closed, one that does opens it', async () => {
    await consents.outside.grant({ grantee }, ada);
    assert.deepEqual([await status(`Patient/${about}`), await status(`Observation/${id}`)], [200, 403]);
    assert.equal(await found(), 0);
    await consents.outside.grant({ grantee, labels: [label('HIV')] }, ada);
    assert.deepEqual([await status(`Patient/${about}`), await status(`Observation/${id}`)], [200, 200]);
    assert.equal(await found(), 1);
  });

  await t.test('what becomes sensitive by an update or a patch is closed from then on, its past too', async () => {
    const other = await file(observation(about));
    assert.equal(await status(`Observation/${other}`), 200);
    const body = { ...coded(about, '44261-6'), id: other };
    assert.deepEqual(codes((await call('PUT', `/fhir/Observation/${other}`, { body })).body), ['PSY']);
    const closed = () =>
      Promise.all(
        ['', '/_history', '/_history/1', '/_history/2', '/_history/9'].map((path) =>
          status(`Observation/${other}${path}`),
        ),
      );
    assert.deepEqual(await closed(), [403, 403, 403, 403, 403]);
    const patch = [{ op: 'replace', path: '/code/coding/0/code', value: '20447-9' }];
    const headers = { 'content-type': 'application/json-patch+json' };
    const patched = await call('PATCH', `/fhir/Observation/${other}`, { body: patch, headers });
    assert.deepEqual(codes(patched.body), ['HIV']);
    assert.deepEqual(
      [await status(`Observation/${other}`), await status(`Observation/${other}/_history/2`)],
      [200, 403],
    );
  });

  await t.test('in a transaction as well', async () => {
    const entry = [{ resource: viralLoad(about), request: { method: 'POST', url: 'Observation' } }];
    const { body } = await call('POST', '/fhir', {
      body: { resourceType: 'Bundle', type: 'transaction', entry },
      headers: { prefer: 'return=representation' },
    });
    assert.deepEqual(codes(body.entry[0].resource), ['HIV']);
  });

  await t.test('an order closes the door for the next read, and taken back opens it', async () => {
    const plain = await file(observation(about));
    assert.equal(await status(`Observation/${plain}`), 200);
    const ordered = await order(world, 'gray', `Observation/${plain}`, ordering('add', label('SDV')));
    assert.equal(ordered.status, 200, JSON.stringify(ordered.body));
    assert.deepEqual(codes({ meta: ordered.body.parameter[0].valueMeta }), ['SDV']);
    assert.deepEqual(
      [await status(`Observation/${plain}`), await status(`Observation/${plain}/_history/1`)],
      [403, 403],
    );
    const body = { ...observation(about, 71), id: plain };
    assert.deepEqual(codes((await call('PUT', `/fhir/Observation/${plain}`, { body })).body), ['SDV']);
    await order(world, 'gray', `Observation/${plain}`, ordering('delete', label('SDV')));
    assert.equal(await status(`Observation/${plain}`), 200);
  });
});

test('who may order which label', async (t) => {
  const world = await recordsWorld();
  t.after(() => world.stop());
  const { call, file } = world;
  const about = await file(patient());
  const reference = `Observation/${await file(viralLoad(about))}`;
  const current = async (): Promise<Labelled> => (await call('GET', `/fhir/${reference}`)).body;
  const answers = async (as: string, asked: ReturnType<typeof ordering>, of = reference) => {
    const { status, body } = await order(world, as, of, asked);
    return [status, body.issue?.[0].code ?? codes({ meta: body.parameter[0].valueMeta }).join()];
  };
  const psy = ordering('add', label('PSY'));

  assert.deepEqual(await answers('stone', psy), [403, 'forbidden'], 'the privacy officer of another organisation');
  assert.deepEqual(await answers('chen', psy), [403, 'forbidden'], 'a clinician of another organisation');
  assert.deepEqual(await answers('gray', psy, 'Observation/none'), [403, 'forbidden'], 'what is not there');
  assert.deepEqual(await answers('gray', psy, 'Consent/1'), [400, 'not-supported'], 'what is kept elsewhere');
  assert.deepEqual(await answers('gray', ordering('add')), [400, 'required']);
  assert.deepEqual(await answers('gray', ordering('add', label('FUN'))), [400, 'value']);
  assert.deepEqual(codes(await current()), ['HIV']);

  assert.deepEqual(await answers('adler', psy), [200, 'PSY'], 'the author');
  assert.deepEqual(await answers('adler', psy), [200, 'PSY'], 'twice is once');
  assert.equal((await current()).meta.versionId, '2');
  assert.deepEqual(await answers('gray', ordering('add', label('SDV'))), [200, 'SDV'], 'the privacy officer');
  assert.deepEqual(codes(await current()), ['PSY', 'SDV', 'HIV']);

  assert.deepEqual(await answers('adler', ordering('delete', label('SDV'))), [422, 'business-rule']);
  assert.deepEqual(await answers('gray', ordering('delete', label('HIV'))), [422, 'business-rule']);
  assert.deepEqual(await answers('adler', ordering('delete', label('PSY'))), [200, '']);
  assert.deepEqual(await answers('adler', ordering('delete', label('ETH'))), [200, ''], 'what is not there');
  assert.deepEqual(codes(await current()), ['SDV', 'HIV']);
  await call('DELETE', `/fhir/${reference}`);
  assert.deepEqual(await answers('gray', psy), [404, 'not-found']);
});

test('an order and the author’s writes at the same moment: none is lost', async (t) => {
  const world = await recordsWorld();
  t.after(() => world.stop());
  const about = await world.file(patient());
  const id = await world.file(observation(about));
  const write = (value: number) =>
    world.call('PUT', `/fhir/Observation/${id}`, { body: { ...observation(about, value), id } });
  const orders = ['PSY', 'SDV'].map((code) => order(world, 'gray', `Observation/${id}`, ordering('add', label(code))));
  const answers = await Promise.all([write(71), ...orders, write(72)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  const { body } = await world.call('GET', `/fhir/Observation/${id}`);
  assert.deepEqual(codes(body).sort(), ['PSY', 'SDV']);
  assert.equal(body.meta.versionId, '5');
});

test('a new table labels what is there, a page at a time, once; erased patients are left out', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'healthchain-labels-'));
  t.after(() => rm(folder, { recursive: true }));
  const table = join(folder, 'labels.json');
  const set = { labels: ['PSY'], source: 'our own', codes: { [local]: { 7: 'Session' } } };
  await writeFile(table, JSON.stringify({ sessions: set }));
  const kept = disk();
  const before = await recordsWorld({ disk: kept });
  t.after(() => before.stop());
  const about = await before.file(patient());
  const gone = await before.file(patient('Chen', 'HC2'));
  await before.file(coded(gone, '7', local));
  const ids = await Promise.all(Array.from({ length: 30 }, () => before.file(coded(about, '7', local))));
  const plain = await before.file(observation(about));
  const deleted = await before.file(coded(about, '7', local));
  await before.call('DELETE', `/fhir/Observation/${deleted}`);
  const foreign = await before.file(coded(about, '7', local), 'chen');
  await before.stop();
  await kept.keys.destroy(`records/${gone}`);

  const world = await recordsWorld({ disk: kept, env: { RECORDS_LABELS: table } });
  t.after(() => world.stop());
  const labels = async (id: string): Promise<string[]> =>
    codes((await world.call('GET', `/fhir/Observation/${id}`)).body);
  assert.deepEqual(await labels(ids[0]!), []);
  assert.equal((await relabel(world, 'adler')).status, 403);
  assert.equal((await relabel(world, 'gray', '?_count=x')).status, 400);
  assert.equal((await relabel(world, 'gray')).relabelled, 30, 'a privacy officer: what the own organisation wrote');
  assert.deepEqual([await labels(ids[29]!), await labels(foreign), await labels(plain)], [['PSY'], [], []]);

  let [after, relabelled, pages] = [0, 0, 0];
  for (;;) {
    const done = await relabel(world, 'admin', `?_after=${after}&_count=10`);
    [after, relabelled, pages] = [done.through, relabelled + done.relabelled, pages + 1];
    assert.ok(done.examined <= 10);
    if (done.through === done.last) break;
  }
  assert.deepEqual([relabelled, await labels(foreign)], [1, ['PSY']]);
  assert.ok(pages > 3);
  assert.equal((await relabel(world, 'admin', '?_count=5000')).relabelled, 0, 'twice is once');
  const history = await world.call('GET', `/fhir/Observation/${ids[0]}/_history`);
  assert.deepEqual(
    history.body.entry.map(({ resource }: { resource: Labelled }) => codes(resource)),
    [['PSY'], []],
  );
});

test('a re-label is published as an update that says so, and not which labels', () => {
  const { author, ...by } = {
    author: 'northgate',
    subject: 'gray',
    role: 'privacy-officer',
    purpose: 'HOPERAT',
    client: 'c',
  };
  const event: ResourceEvent = {
    ...{ type: 'ResourceRelabelled', resourceType: 'Observation', id: 'o-1', json: JSON.stringify(label('HIV')) },
    ...{ patients: ['p-1'], author, at: 0, by, request: 'r-1' },
  };
  const recorded = { id: 'e-1', position: 1, stream: 'Observation/o-1', version: 2, at: 0, owner: 'p-1', event };
  const publication = publish(recorded)!;
  assert.equal(publication.type, EventType.RESOURCE_UPDATED);
  assert.equal(publication.detail.outcomeDescription, 'Only the security labels changed.');
  assert.doesNotMatch(JSON.stringify(publication), /HIV/);
});

test('labels are readable in no file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'healthchain-labels-'));
  t.after(() => rm(folder, { recursive: true }));
  const kept = disk(folder);
  const world = await recordsWorld({ disk: kept });
  t.after(() => world.stop());
  const about = await world.file(patient());
  const reference = `Observation/${await world.file(coded(about, '351267', 'http://www.nlm.nih.gov/research/umls/rxnorm'))}`;
  await order(world, 'gray', reference, ordering('add', label('PSYTHPN')));
  assert.deepEqual(codes((await world.call('GET', `/fhir/${reference}`)).body), ['PSYTHPN', 'OPIOIDUD']);
  await world.stop();
  for (const engine of [kept.store, kept.views, kept.bus, kept.keys]) await engine.close();
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name));
    for (const secret of ['OPIOIDUD', 'PSYTHPN', 'sec-label-classifier', 'v3-ActCode'])
      assert.equal(bytes.includes(secret), false, `${secret} in ${name}`);
  }
});
