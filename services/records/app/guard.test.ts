import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import type { EventStore } from '../../../kernel/eventstore/port.ts';
import { authoredBy, disk, everything, observation, patient, recordsWorld, type World } from '../testing/world.ts';

/** Accesses in the store so far. */
async function accesses({ disk: { store } }: World): Promise<number> {
  const commits = await store.readAll(0, 10_000);
  return commits.flatMap(({ events }) => events).filter(({ type }) => type === 'AccessRecorded').length;
}

async function withWorld(options: Parameters<typeof recordsWorld>[0], run: (world: World) => Promise<void>) {
  const world = await recordsWorld(options);
  await run(world).finally(() => world.stop());
}

test('each answer and each refusal is recorded once', () =>
  withWorld({}, async (world) => {
    const about = await world.file(patient());
    const id = await world.file(observation(about));
    assert.equal(await accesses(world), 0);
    assert.equal((await world.call('GET', `/fhir/Observation/${id}`)).status, 200);
    assert.equal(await accesses(world), 1);
    world.consent.policy = () => undefined;
    assert.equal((await world.call('GET', `/fhir/Observation/${id}`, { as: 'chen' })).status, 403);
    assert.equal((await world.call('GET', `/fhir/Observation?patient=${about}`, { as: 'chen' })).status, 403);
    assert.equal(await accesses(world), 3);
  }));

test('what is absent and what is forbidden look the same', () =>
  withWorld({}, async ({ call, file, consent }) => {
    const about = await file(patient());
    const id = await file(observation(about));
    consent.policy = () => undefined;
    const absent = '00000000-0000-4000-8000-000000000000';
    const headers = { 'content-type': 'application/json-patch+json', 'x-request-id': 'the-same-one' };
    for (const [method, path, body] of [
      ['GET', 'Observation/?', undefined],
      ['GET', 'Observation/?/_history', undefined],
      ['GET', 'Observation/?/_history/1', undefined],
      ['PUT', 'Observation/?', observation(about)],
      ['PATCH', 'Observation/?', []],
      ['DELETE', 'Observation/?', undefined],
    ] as const) {
      const answers = await Promise.all(
        [id, absent].map((each) => {
          const content = method === 'PUT' ? { ...body, id: each } : body;
          return call(method, `/fhir/${path.replace('?', each)}`, {
            as: 'chen',
            body: content,
            headers: method === 'PATCH' ? headers : {},
          });
        }),
      );
      assert.equal(answers[0]!.status, 403, `${method} ${path}`);
      assert.deepEqual(answers[0]!.body, answers[1]!.body);
    }
    for (const each of [about, absent]) {
      assert.equal((await call('GET', `/fhir/Patient/${each}/$everything`, { as: 'chen' })).status, 403);
      assert.equal((await call('GET', `/fhir/Condition?patient=${each}`, { as: 'chen' })).status, 403);
    }
    const unknown = await call('GET', '/fhir/Patient?identifier=urn:oid:2.999.1.1|HC1', { as: 'chen' });
    assert.deepEqual([unknown.status, unknown.body.total], [200, 0]);
  }));

test('what the obligations leave is answered, the rest is not counted', () =>
  withWorld({}, async ({ call, file, consent }) => {
    const about = await file(patient());
    const [own, other] = [await file(observation(about)), await file(observation(about), 'chen')];
    consent.policy = (actor) => authoredBy(actor.organization);
    const found = await call('GET', `/fhir/Observation?patient=${about}`);
    assert.deepEqual([found.body.total, found.body.entry[0].resource.id], [1, own]);
    assert.equal((await call('GET', `/fhir/Observation/${other}`)).status, 403);
    const all = await call('GET', `/fhir/Patient/${about}/$everything`);
    assert.deepEqual(
      all.body.entry.map(({ resource }: { resource: { id: string } }) => resource.id),
      [about, own],
    );
  }));

test('a resource of two patients needs the permission of both', () =>
  withWorld({}, async ({ call, file, consent }) => {
    const [one, two] = [await file(patient('Berg', 'HC1')), await file(patient('Demir', 'HC2'))];
    const shared = { ...observation(one), performer: [{ reference: `Patient/${two}` }] };
    const id = await file(shared);
    consent.policy = (_actor, patient) => (patient === one ? everything : undefined);
    assert.equal((await call('GET', `/fhir/Observation/${id}`, { as: 'chen' })).status, 403);
    const found = await call('GET', `/fhir/Observation?patient=${one}`, { as: 'chen' });
    assert.deepEqual([found.status, found.body.total], [200, 0]);
    consent.policy = () => everything;
    assert.equal((await call('GET', `/fhir/Observation?patient=${one}`, { as: 'chen' })).body.total, 1);
  }));

test('consents that move between the decision and the answer are asked again', () =>
  withWorld({}, async (world) => {
    const { call, file, consent } = world;
    const about = await file(patient());
    const id = await file(observation(about));
    consent.decided = () => {
      consent.decided = () => {};
      consent.policy = () => undefined; // revoked after the decision …
      consent.move(about); // … and before the answer
    };
    assert.equal((await call('GET', `/fhir/Observation/${id}`)).status, 403);
    assert.equal(await accesses(world), 2);
    consent.policy = () => everything;
    consent.decided = () => consent.move(about);
    assert.equal((await call('GET', `/fhir/Observation/${id}`)).status, 503);
  }));

test('no record, no data', async () => {
  const kept = disk();
  const failing = { on: false };
  const store: EventStore = {
    ...kept.store,
    append: async (appends) => {
      if (failing.on) throw new Failure('unavailable', 'The disk is full.');
      return kept.store.append(appends);
    },
  };
  await withWorld({ disk: kept, engines: { store } }, async ({ call, file }) => {
    const about = await file(patient());
    const id = await file(observation(about));
    failing.on = true;
    for (const path of [
      `Observation/${id}`,
      `Observation/${id}/_history`,
      `Observation?patient=${about}`,
      `Patient/${about}/$everything`,
    ]) {
      const { status, body } = await call('GET', `/fhir/${path}`);
      assert.equal(status, 503, path);
      assert.equal(body.resourceType, 'OperationOutcome');
    }
    failing.on = false;
    assert.equal((await call('GET', `/fhir/Observation/${id}`)).status, 200);
  });
});

test('a consent service that does not answer denies', () =>
  withWorld({}, async ({ call, file, consent }) => {
    const about = await file(patient());
    const id = await file(observation(about));
    consent.policy = () => {
      throw new Failure('unavailable', 'Not now.');
    };
    assert.equal((await call('GET', `/fhir/Observation/${id}`)).status, 503);
    assert.equal((await call('DELETE', `/fhir/Observation/${id}`)).status, 503);
  }));
