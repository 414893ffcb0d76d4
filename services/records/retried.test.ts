import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../kernel/errors.ts';
import { disk, observation, patient, recordsWorld } from './testing/world.ts';

test('a request whose views failed, sent again, is answered once they have it', async (t) => {
  const kept = disk();
  let failing = false;
  const views = { ...kept.views };
  views.apply = async (writes) => {
    if (failing) throw new Failure('unavailable', 'The views are away.');
    return kept.views.apply(writes);
  };
  const world = await recordsWorld({ disk: { ...kept, views } });
  t.after(() => world.stop());
  const { id } = (await world.call('POST', '/fhir/Patient', { body: patient() })).body;
  const create = () =>
    world.call('POST', '/fhir/Observation', { body: observation(id), headers: { 'idempotency-key': 'once' } });
  failing = true;
  assert.equal((await create()).status, 503);
  failing = false;
  const { status, body } = await create();
  assert.equal(status, 201);
  const found = await world.call('GET', `/fhir/Observation?patient=${id}`);
  assert.deepEqual(
    found.body.entry.map(({ resource }: { resource: { id: string } }) => resource.id),
    [body.id],
  );
});

test('an update that comes twice at once under one key is one version, and not refused for itself', async (t) => {
  const world = await recordsWorld();
  t.after(() => world.stop());
  const { id } = (await world.call('POST', '/fhir/Patient', { body: patient() })).body;
  const body = (await world.call('POST', '/fhir/Observation', { body: observation(id) })).body;
  const headers = { 'idempotency-key': 'twice', 'if-match': 'W/"1"' };
  const update = () => world.call('PUT', `/fhir/Observation/${body.id}`, { body, headers });
  const answers = await Promise.all(Array.from({ length: 8 }, update));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.deepEqual(new Set(answers.map((answer) => answer.body.meta.versionId)), new Set(['2']));
});
