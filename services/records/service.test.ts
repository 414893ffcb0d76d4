import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { detailOpener } from '../../kernel/keys/detail.ts';
import {
  AuditDetail_Outcome,
  AuditDetailSchema,
  EventType,
  PublicEventSchema,
} from '../../proto/gen/healthchain/event/v1/event_pb.ts';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import { collected, disk, observation, patient, recordsWorld, type World } from './testing/world.ts';

/** What the service published, opened as the audit service would. */
async function published({ disk: { bus, audit } }: World, count: number) {
  const open = detailOpener(audit.privateKey);
  const events: { type: EventType; detail: ReturnType<typeof detailOf> }[] = [];
  const detailOf = (id: string, sealed: NonNullable<ReturnType<typeof eventOf>['detail']>) =>
    fromBinary(AuditDetailSchema, open(id, sealed));
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscription = await bus.subscribe({
    group: 'test',
    topics: ['healthchain.records.v1'],
    async handle(batch) {
      for (const { value } of batch) {
        const event = eventOf(value);
        events.push({ type: event.type, detail: detailOf(event.id, event.detail!) });
      }
      if (events.length >= count) resolve();
    },
  });
  await promise;
  await subscription.stop();
  return events;
}

const eventOf = (value: Uint8Array) => fromBinary(PublicEventSchema, value);

test('writes, reads and refusals are published with their details, without content', async () => {
  const world = await recordsWorld();
  const about = await world.file(patient());
  const id = await world.file(observation(about));
  await world.call('GET', `/fhir/Observation?patient=${about}&code=8867-4`);
  world.consent.policy = () => undefined;
  await world.call('GET', `/fhir/Observation/${id}`, { as: 'chen' });
  const events = await published(world, 4);
  assert.deepEqual(
    events.map(({ type }) => type),
    [EventType.RESOURCE_CREATED, EventType.RESOURCE_CREATED, EventType.ACCESS_RECORDED, EventType.ACCESS_RECORDED],
  );
  const [, created, searched, refused] = events.map(({ detail }) => detail);
  assert.deepEqual([created!.patients, created!.custodian], [[about], 'northgate']);
  assert.equal(Buffer.from(searched!.query).toString(), `Observation?patient=${about}&code=8867-4`);
  assert.deepEqual([searched!.decision?.permit, searched!.decision?.basis], [true, ['Consent/1/_history/1']]);
  assert.deepEqual([refused!.outcome, refused!.agent?.subject], [AuditDetail_Outcome.REFUSED, 'chen']);
  assert.deepEqual(
    refused!.entities.map(({ type, id: of }) => `${type}/${of}`),
    [`Observation/${id}`],
  );
  await world.stop();
});

test('nothing readable is in any file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'healthchain-records-'));
  const kept = disk(folder);
  const world = await recordsWorld({ disk: kept });
  const about = await world.file(patient('Quastenflosser', 'HC4711'));
  const note = [{ text: 'Nachtschattengewächs' }];
  await world.file({ ...observation(about, 4242.75), note } as never);
  await world.call('GET', `/fhir/Observation?patient=${about}&value-quantity=4242.75`);
  await world.call('POST', '/fhir/Patient', {
    body: patient('Quastenflosser', 'HC4711'),
    headers: { 'if-none-exist': 'identifier=HC4711' },
  });
  await published(world, 4);
  await world.stop();
  for (const engine of [kept.store, kept.views, kept.bus, kept.keys]) await engine.close();
  const secrets = [
    'Quastenflosser',
    'HC4711',
    '1970-05-04',
    'Nachtschatten',
    '4242.75',
    '8867-4',
    'Heart rate',
    'Anna',
  ];
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name));
    for (const secret of secrets) assert.equal(bytes.includes(secret), false, `${secret} in ${name}`);
  }
  await rm(folder, { recursive: true });
});

test('what was written is there after a restart and after a rebuild; erasure leaves nothing', async () => {
  const kept = disk();
  const first = await recordsWorld({ disk: kept });
  const about = await first.file(patient());
  await first.file(observation(about));
  await first.stop();
  const second = await recordsWorld({ disk: kept });
  const search = async () => (await second.call('GET', `/fhir/Observation?patient=${about}`)).body;
  const before = await search();
  assert.equal(before.total, 1);
  await second.service.rebuild();
  assert.deepEqual(await search(), before);
  await kept.keys.destroy(`records/${about}`);
  assert.equal((await second.call('GET', `/fhir/Observation?patient=${about}`)).status, 410);
  assert.equal((await second.call('GET', `/fhir/Patient/${about}`)).status, 410);
  await second.stop();
});

test('gRPC reads, searches and ingests through the same guard', async () => {
  const world = await recordsWorld({ env: { SEARCH_PAGE: '2' } });
  const records = world.outside.client(RecordsService);
  const as = { token: 'adler' };
  const entry = [{ resource: patient(), request: { method: 'POST', url: 'Patient' } }];
  const bundles = async function* () {
    yield { bundle: Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })) };
    yield { bundle: Buffer.from('{') };
  };
  const answers = await collected(records.ingest(bundles(), as));
  assert.deepEqual(
    answers.map(({ ok }) => ok),
    [true, false],
  );
  const { location } = JSON.parse(Buffer.from(answers[0]!.bundle).toString()).entry[0].response;
  const about: string = location.split('/')[1];
  for (let n = 0; n < 5; n++) await world.file(observation(about, n));
  const read = await records.read({ type: 'Patient', id: about }, as);
  assert.deepEqual([JSON.parse(Buffer.from(read.resource).toString()).id, read.version], [about, 1]);
  const found = await collected(records.search({ query: `Observation?patient=${about}` }, as));
  assert.equal(found.length, 5);
  assert.equal(world.consent.decisions, 4); // the read, and each of three pages
  const stream = records.search({ query: `Observation?patient=${about}` }, as)[Symbol.asyncIterator]();
  await stream.next();
  world.consent.policy = () => undefined;
  await assert.rejects(
    async () => {
      while (!(await stream.next()).done);
    },
    { code: 'forbidden' },
  );
  await assert.rejects(records.read({ type: 'Patient', id: about }), { code: 'login' });
  await assert.rejects(collected(records.search({ query: '?' }, as)), { code: 'value' });
  await world.stop();
});
