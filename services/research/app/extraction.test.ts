import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { ahead } from './ahead.ts';
import { extraction, type PatientRecord } from './extraction.ts';

const reading = { study: randomUUID(), purpose: 'HRESCH', organization: 'northgate', researcher: 'hale' };

/** Consents and records of some patients, as the two services answer. */
function services(change: { withdrawn?: string; closed?: string; erased?: string; down?: boolean } = {}) {
  const queries: string[] = [];
  const consent = {
    async *listConsenting() {
      yield { patients: ['p-1', 'p-2'] };
      yield { patients: ['p-3'] };
    },
    async check({ patients }: { patients?: string[] }) {
      if (patients!.includes(change.erased!)) throw new Failure('deleted', 'This data was erased.');
      return { decisions: patients!.map((patient) => ({ patient, permit: patient !== change.withdrawn })) };
    },
  };
  const records = {
    async *search({ query, research }: { query?: string; research?: object }) {
      assert.deepEqual(research, { ...sent });
      if (change.down) throw new Failure('unavailable', 'records is not running.');
      queries.push(query!);
      const patient = query!.split('=').at(-1)!;
      if (patient === change.closed && !query!.startsWith('Patient')) throw new Failure('forbidden', 'Closed.');
      const type = query!.split('?')[0]!;
      yield { resource: Buffer.from(JSON.stringify({ resourceType: type, id: `${type}-${patient}` })) };
      yield { resource: Buffer.from(JSON.stringify({ resourceType: 'Medication', id: 'm-1' })) };
    },
  };
  return { queries, made: extraction({ consent, records } as never) };
}
const { researcher: subject, purpose: purposeOfUse, ...rest } = reading;
const sent = { subject, purposeOfUse, ...rest };

async function all(records: AsyncIterable<PatientRecord>): Promise<PatientRecord[]> {
  const found: PatientRecord[] = [];
  for await (const each of records) found.push(each);
  return found;
}

test('each patient is asked for each type, and the medications that are referred to come along once', async () => {
  const { queries, made } = services();
  const found = await all(made.records(reading, ['Condition', 'Medication', 'MedicationRequest', 'Patient']));
  assert.deepEqual(
    found.map(({ patient }) => patient),
    ['p-1', 'p-2', 'p-3'],
  );
  assert.deepEqual(
    found[0]!.resources.map(({ id }) => id),
    ['Patient-p-1', 'm-1', 'Condition-p-1', 'MedicationRequest-p-1'],
  );
  const own = queries.filter((query) => query.endsWith('=p-1'));
  const medications = 'MedicationRequest?_count=200&_include=MedicationRequest:medication&patient=p-1';
  assert.deepEqual(own, ['Patient?_id=p-1', 'Condition?_count=200&patient=p-1', medications]);
});

test('whose consent has changed is not read; whoever withdraws in the middle, or is erased, is left out whole', async () => {
  const withdrawn = services({ withdrawn: 'p-2' });
  const left = await all(withdrawn.made.records(reading, ['Condition']));
  assert.deepEqual([left.length, withdrawn.queries.some((query) => query.endsWith('p-2'))], [2, false]);
  const closed = await all(services({ closed: 'p-3' }).made.records(reading, ['Condition']));
  assert.deepEqual(
    closed.map(({ patient }) => patient),
    ['p-1', 'p-2'],
  );
  const erased = services({ erased: 'p-1' });
  const rest = await all(erased.made.records(reading, ['Condition']));
  assert.deepEqual([rest.length, erased.queries.some((query) => query.endsWith('p-1'))], [2, false]);
});

test('a service that is down fails the extraction, and a cancelled one ends', async () => {
  await assert.rejects(all(services({ down: true }).made.records(reading, ['Condition'])), /not running/);
  const cancelled = AbortSignal.abort(new Failure('timeout', 'cancelled'));
  const { queries, made } = services();
  await assert.rejects(all(made.records(reading, ['Condition'], cancelled)), /cancelled/);
  assert.deepEqual(queries, []);
});

test('at most so many are at work, in order; after a failure no more are begun', async () => {
  let working = 0;
  let most = 0;
  const begun: number[] = [];
  async function* numbers() {
    for (let n = 0; n < 20; n++) yield n;
  }
  const work = async (n: number) => {
    begun.push(n);
    most = Math.max(most, ++working);
    for (let turn = 0; turn < 20 - n; turn++) await Promise.resolve();
    working -= 1;
    if (n === 7) throw new Error('seven');
    return n;
  };
  const seen: number[] = [];
  const consume = async () => {
    for await (const n of ahead(numbers(), 4, work)) seen.push(n);
  };
  await assert.rejects(consume(), /seven/);
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6]);
  assert.ok(most <= 4 && begun.length <= 11);
});
