import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import { observation, patient, recordsWorld, type World } from '../testing/world.ts';

/** A ledger on which transaction `t1` stands. */
const ledger = { evaluate: async () => JSON.stringify({ transaction: 't1' }) } as unknown as Ledger;
const transfer = { custodian: 'northgate', dataClasses: ['Patient', 'Observation'], transaction: 't1' };
const parameters = { resourceType: 'Parameters', parameter: [{ name: 'agreement', valueString: 'agreement-1' }] };

/** Northgate has a patient and an observation, harbour another observation; lindenhof asks. */
async function withSummary(run: (world: World & { about: string; share: Share }) => Promise<void>): Promise<void> {
  const world = await recordsWorld({ engines: { ledger } });
  const about = await world.file(patient());
  await world.file(observation(about, 70));
  await world.file(observation(about, 80), 'evans');
  world.consent.transfer = transfer;
  const share: Share = (body = parameters) => {
    const asked = { method: 'POST' as const, url: `/fhir/Patient/${about}/$share`, payload: JSON.stringify(body) };
    const headers = { authorization: 'Bearer chen', 'content-type': 'application/fhir+json' };
    return world.server.inject({ ...asked, headers });
  };
  await run({ ...world, about, share }).finally(() => world.stop());
}
type Share = (body?: object) => Promise<{
  statusCode: number;
  headers: Record<string, unknown>;
  body: string;
  rawPayload: Buffer;
}>;

const accesses = async ({ disk: { store } }: World) =>
  (await store.readAll(0, 10_000)).flatMap(({ events }) => events).filter(({ type }) => type === 'AccessRecorded')
    .length;

test('what the custodian wrote of the agreed kinds is handed over, with its receipt, recorded', () =>
  withSummary(async (world) => {
    const { statusCode, headers, body, rawPayload } = await world.share();
    assert.equal(statusCode, 200);
    const bundle = JSON.parse(body);
    assert.deepEqual(bundle.identifier, { system: 'urn:healthchain:transfer', value: 'agreement-1/1' });
    assert.equal(bundle.type, 'collection');
    const values = bundle.entry.map(({ resource }: { resource: { valueQuantity?: { value: number } } }) => resource);
    assert.deepEqual(
      values.map((each: { valueQuantity?: { value: number } }) => each.valueQuantity?.value),
      [undefined, 70],
    );
    const digest = createHash('sha256').update(rawPayload).digest();
    assert.equal(headers['content-digest'], `sha-256=:${digest.toString('base64')}:`);
    assert.deepEqual(world.consent.receipts, [digest.toString('hex')]);
    assert.equal(await accesses(world), 1);
  }));

test('without an authorisation, or with one that the ledger does not know, nothing leaves', () =>
  withSummary(async (world) => {
    world.consent.transfer = { ...transfer, transaction: 'made up' };
    assert.equal((await world.share()).statusCode, 403);
    world.consent.transfer = undefined;
    assert.equal((await world.share()).statusCode, 403);
    assert.deepEqual(world.consent.receipts, []);
  }));

test('the guard decides again: what a consent forbids meanwhile does not leave, authorised or not', () =>
  withSummary(async (world) => {
    world.consent.policy = () => ({ any: [{ rule: { type: 'permit', types: ['Patient'] } }] });
    assert.equal(JSON.parse((await world.share()).body).entry.length, 1);
    world.consent.policy = () => undefined;
    assert.equal((await world.share()).statusCode, 403);
    assert.equal(world.consent.receipts.length, 1);
    assert.equal(await accesses(world), 2);
  }));

test('a revocation while it is being put together is seen before the answer leaves', () =>
  withSummary(async (world) => {
    const { consent, about } = world;
    consent.decided = () => {
      consent.decided = () => {};
      consent.policy = () => undefined;
      consent.move(about);
    };
    assert.equal((await world.share()).statusCode, 403);
  }));

test('it says under which agreement', () =>
  withSummary(async ({ share }) => {
    for (const wrong of [{ resourceType: 'Parameters' }, { parameter: [{ name: 'agreement', valueString: 'a b' }] }]) {
      const { statusCode, body } = await share(wrong);
      assert.equal(statusCode, 400);
      assert.match(JSON.parse(body).issue[0].expression[0], /agreement/);
    }
  }));
