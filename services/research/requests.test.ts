import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ReleaseRequest_Status } from '../../proto/gen/healthchain/research/v1/research_pb.ts';
import { type ResearchWorld, researchWorld } from './testing/world.ts';

const terms = { ethics_approval: 'EC 2026-17', data_use: 'Blood pressure research, two years' };
const privacy = { columns: { sex: { role: 'quasi-identifier' } } };
const women = { criteria: { type: 'sex', of: ['female'] }, extract: extractOf(['sex']), privacy };

function extractOf(columns: string[]) {
  const column = columns.map((name) => ({ name, path: 'gender' }));
  const person = { resource: 'Patient', select: [{ column }] };
  return { person, columns: columns.map((name) => ({ column: name, as: 'text' })) };
}

/** A study with a definition of all women, of whom so many consent. */
async function study(t: TestContext, size: number, options: Parameters<typeof researchWorld>[1] = {}) {
  const world = await researchWorld(t, options);
  people(world, size);
  const registered = await world.call('hale', 'POST', '/studies', { title: 'T', purpose_of_use: 'HRESCH', ...terms });
  assert.equal(registered.status, 201, registered.text);
  const path = `/studies/${registered.body.id}`;
  const defined = await world.call('hale', 'POST', `${path}/definitions`, women);
  assert.equal(defined.status, 201, defined.text);
  const count = (definition = 1, as = 'hale') =>
    world.call(as, 'POST', `${path}/definitions/${definition}/feasibility`);
  const request = (definition = 1, as = 'hale') => world.call(as, 'POST', `${path}/requests`, { definition });
  return { ...world, id: registered.body.id as string, path, count, request };
}

const people = ({ participants }: Pick<ResearchWorld, 'participants'>, size: number) => {
  for (let n = 0; n < size; n++)
    participants.push({ id: `p-${n}`, gender: 'female' }, { id: `m-${n}`, gender: 'male' });
};

test('study, definition, feasibility, request, approval by somebody else', async (t) => {
  const { call, path, count, request, id, outside, service } = await study(t, 300);
  const { body: counted } = await count();
  assert.ok(counted.count >= 150 && counted.count <= 450 && counted.count % 5 === 0, JSON.stringify(counted));
  assert.equal(counted.questions_left, 3);
  const asked = await request();
  assert.deepEqual([asked.status, asked.body.status], [201, 'requested']);
  assert.equal((await request()).status, 409);
  assert.deepEqual((await call('gray', 'GET', '/requests')).body.requests, [asked.body]);
  const approved = await call('gray', 'POST', `${path}/requests/${asked.body.id}/approve`);
  assert.deepEqual([approved.status, approved.body.status, approved.body.steward], [200, 'approved', 'gray']);
  assert.equal((await call('gray', 'POST', `${path}/requests/${asked.body.id}/approve`)).status, 200);
  const rejected = await call('gray', 'POST', `${path}/requests/${asked.body.id}/reject`, { reason: 'no' });
  assert.deepEqual([rejected.status, /approved already/.test(rejected.text)], [422, true]);
  await service.rebuild();
  assert.deepEqual((await call('reed', 'GET', '/requests')).body.requests, [approved.body]);
  const { definitions } = (await call('hale', 'GET', `${path}/definitions`)).body;
  assert.deepEqual(definitions[0].criteria, women.criteria);
  const { requests } = await outside.listReleaseRequests({}, { token: 'gray' });
  assert.deepEqual([requests[0]!.study, requests[0]!.status], [id, ReleaseRequest_Status.APPROVED]);
});

test('the same by gRPC, up to a rejection', async (t) => {
  const { outside, participants } = await researchWorld(t);
  people({ participants }, 300);
  const [hale, gray] = [{ token: 'hale' }, { token: 'gray' }];
  const of = { title: 'T', purposeOfUse: 'CLINTRCH', terms: { ethicsApproval: 'EC', dataUse: 'research' } };
  const { id: study } = await outside.registerStudy(of, hale);
  const json = (document: object) => Buffer.from(JSON.stringify(document));
  const content = { criteria: json(women.criteria), extract: json(women.extract), privacy: json(privacy) };
  const { number: definition } = await outside.defineCohort({ study, ...content }, hale);
  const { answer, questionsLeft } = await outside.askFeasibility({ study, definition }, hale);
  assert.deepEqual([answer!.told.case, questionsLeft], ['count', 3]);
  const { id: request } = await outside.requestRelease({ study, definition }, hale);
  const decided = await outside.rejectRelease({ study, request, reason: 'too wide' }, gray);
  assert.deepEqual([decided.status, decided.reason], [ReleaseRequest_Status.REJECTED, 'too wide']);
  await assert.rejects(outside.defineCohort({ study, criteria: Buffer.from('{') }, hale), /not well-formed/);
  assert.equal((await outside.listDefinitions({ study }, hale)).definitions.length, 1);
});

test('a cohort of five people looks like none, in every answer', async (t) => {
  const { path, call, count, outside, id } = await study(t, 5);
  const { status, text, body } = await count();
  assert.equal(status, 200, text);
  const few = 'fewer_than' in body ? body.fewer_than === 55 : body.count >= 55; // one of a hundred is noise
  assert.ok(few && body.questions_left === 3, text);
  const { feasibility } = (await call('hale', 'GET', `${path}/definitions`)).body.definitions[0];
  assert.deepEqual([feasibility.fewer_than, feasibility.count], [body.fewer_than, body.count]);
  const { answer } = await outside.askFeasibility({ study: id, definition: 1 }, { token: 'hale' });
  assert.equal(answer!.told.value, body.fewer_than ?? body.count);
});

test('the same people give the same answer, however the question is put, after a restart too', async (t) => {
  const first = await study(t, 200);
  const { body } = await first.count();
  await first.stop();
  const again = await researchWorld(t, { disk: first.disk });
  people(again, 200);
  const { criteria } = women;
  const other = {
    criteria: { type: 'and', criteria: [criteria, { type: 'not', criterion: { type: 'sex', of: ['male'] } }] },
  };
  const { body: defined } = await again.call('hale', 'POST', `${first.path}/definitions`, other);
  const path = `${first.path}/definitions/${defined.definition}/feasibility`;
  assert.deepEqual((await again.call('reed', 'POST', path)).body, { ...body, questions_left: 2 });
});

test('the budget is the study’s, whoever asks; beyond it nobody’s record is read', async (t) => {
  const { count, clock, reads } = await study(t, 20, { env: { RESEARCH_QUESTIONS: '2', RESEARCH_QUESTION_DAYS: '7' } });
  assert.deepEqual([(await count()).status, (await count(1, 'reed')).status], [200, 200]);
  const before = reads.length;
  const third = await count();
  assert.deepEqual([third.status, reads.length], [429, before]);
  assert.match(third.text, /The questions of this study are used up/);
  clock.time += 7 * 24 * 3600_000 + 1;
  assert.equal((await count()).status, 200);
});

test('another study is no way around a researcher’s own budget', async (t) => {
  const { call, count } = await study(t, 20, { env: { RESEARCH_QUESTIONS_EACH: '1' } });
  assert.deepEqual((await count()).body.questions_left, 0);
  const { body } = await call('hale', 'POST', '/studies', { title: 'T', purpose_of_use: 'HRESCH' });
  await call('hale', 'POST', `/studies/${body.id}/definitions`, women);
  const refused = await call('hale', 'POST', `/studies/${body.id}/definitions/1/feasibility`);
  assert.deepEqual([refused.status, /all your studies together/.test(refused.text)], [429, true]);
  assert.equal((await count(1, 'reed')).status, 200);
});

test('questions at the same time spend no more than the budget; the same one is counted once', async (t) => {
  const { call, path, count } = await study(t, 20, { env: { RESEARCH_QUESTIONS: '3' } });
  assert.deepEqual(
    (await Promise.all([count(), count(), count()])).map(({ body }) => body.questions_left),
    [2, 2, 2],
  );
  await call('hale', 'POST', `${path}/definitions`, women);
  const asked = await Promise.all([1, 2].flatMap((definition) => [count(definition), count(definition, 'reed')]));
  assert.deepEqual(asked.map(({ status }) => status).sort(), [200, 200, 429, 429]);
});

test('who has no time to wait asks again: the counting goes on, and is one question', async (t) => {
  let goOn = () => {};
  const pause = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const { outside, id, reads } = await study(t, 20, { pause });
  const ask = (options: object = {}) =>
    outside.askFeasibility({ study: id, definition: 1 }, { token: 'hale', ...options });
  await assert.rejects(ask({ timeout: 100 }), /took too long/);
  const again = ask();
  goOn();
  assert.equal((await again).questionsLeft, 3);
  assert.equal(reads.length, new Set(reads).size);
});

test('criteria with descendants need a hierarchy, which a folder may give', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'terminologies-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'snomed-ct.parents.csv'), '59621000,38341003\n');
  const codes = [{ system: 'http://snomed.info/sct', code: '38341003', descendants: true }];
  const criteria = { type: 'condition', codes };
  for (const [env, status] of [
    [{}, 400],
    [{ RESEARCH_TERMINOLOGIES: folder }, 201],
  ] as const) {
    const { call, path } = await study(t, 0, { env });
    const defined = await call('hale', 'POST', `${path}/definitions`, { criteria });
    assert.deepEqual([defined.status, /no hierarchy of SNOMED CT/.test(defined.text)], [status, status === 400]);
  }
});

test('nobody approves what is their own, and only a data steward decides', async (t) => {
  const { call, path, count, request } = await study(t, 50);
  await count();
  const { body } = await request(1, 'reed');
  for (const [as, words] of [
    ['reed', /Only a data steward/],
    ['hale', /Only a data steward/],
    ['adler', /Only a data steward/],
  ] as const) {
    const answer = await call(as, 'POST', `${path}/requests/${body.id}/approve`);
    assert.deepEqual([answer.status, words.test(answer.text)], [403, true], answer.text);
  }
  assert.equal((await call('gray', 'POST', `${path}/requests/${body.id}/reject`, { reason: ' ' })).status, 400);
});

test('what is wrong is refused, with its place', async (t) => {
  const { call, path, count, request } = await study(t, 50);
  const define = (criteria: object, more: object = {}) =>
    call('hale', 'POST', `${path}/definitions`, { criteria, ...more });
  const codes = [{ system: 'http://example.org/codes', code: 'x' }];
  const unknown = await define({ type: 'and', criteria: [{ type: 'condition', codes }] });
  assert.equal(unknown.status, 400);
  assert.match(unknown.text, /code system http:\/\/example.org\/codes is not known/);
  assert.match(unknown.text, /criterion\.criteria\[0\]/);
  const extract = { ...women.extract, columns: [{ column: 'age', as: 'text' }] };
  assert.match((await define(women.criteria, { extract })).text, /names age, which is no column/);
  assert.equal((await request()).status, 422); // nobody has asked for its feasibility
  assert.equal((await count(7)).status, 404);
  assert.equal((await request(7)).status, 404);
  assert.equal((await count(1, 'ward')).status, 403); // of another organisation
  assert.equal((await call('adler', 'GET', `${path}/definitions`)).status, 403);
  assert.equal((await call('ward', 'GET', '/requests')).body.requests.length, 0);
  await define(women.criteria);
  await count(2);
  assert.match((await request(2)).text, /no extract/);
  await call('hale', 'POST', `${path}/close`);
  assert.match((await count()).text, /The study is closed/);
});

test('nothing is released for a study without an ethics approval', async (t) => {
  const { call, participants } = await researchWorld(t);
  people({ participants }, 50);
  const { body } = await call('hale', 'POST', '/studies', { title: 'T', purpose_of_use: 'HRESCH', data_use: 'x' });
  await call('hale', 'POST', `/studies/${body.id}/definitions`, women);
  await call('hale', 'POST', `/studies/${body.id}/definitions/1/feasibility`);
  const refused = await call('hale', 'POST', `/studies/${body.id}/requests`, { definition: 1 });
  assert.match(refused.text, /without ethics_approval/);
});
