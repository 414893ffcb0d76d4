import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disk, observation, patient, recordsWorld } from '../testing/world.ts';
import { compartments } from './compartments.ts';
import type { Entry, Index, Indexed } from './views.ts';

/** An index that counts how often a whole compartment is loaded. */
function counted() {
  const documents = new Map<string, Indexed[]>();
  const loads: string[] = [];
  const index: Index = {
    async find({ where, limit }) {
      const name = where.compartment!;
      const all = documents.get(name) ?? [];
      if (limit) return all.slice(-1);
      loads.push(name);
      return all;
    },
    get: async () => undefined,
    tallyOfAll: async ({ compartment }) => {
      const all = documents.get(compartment!) ?? [];
      return { documents: all.length, versions: all.reduce((sum, { version }) => sum + version, 0) };
    },
  };
  const put = (name: string, id: string, version = 1): Indexed => {
    const entry = { type: 'Observation', id, version } as Entry;
    const indexed = { reference: `Observation/${id}`, version, at: version, entry };
    const others = (documents.get(name) ?? []).filter(({ reference }) => reference !== indexed.reference);
    documents.set(name, [...others, indexed]);
    return indexed;
  };
  return { index, loads, put };
}

test('what is held is loaded once, and follows what is written', async () => {
  const { index, loads, put } = counted();
  const held = compartments({ index, limit: 100 });
  put('p', '1');
  assert.equal((await held.load('p')).length, 1);
  held.changed(['p', 'unheld'], put('p', '2'));
  held.changed(['p'], put('p', '1', 2));
  const entries = await held.load('p');
  assert.deepEqual(entries.map(({ id, version }) => `${id}@${version}`).sort(), ['1@2', '2@1']);
  assert.deepEqual(loads, ['p']);
});

test('what somebody else wrote is noticed', async () => {
  const { index, loads, put } = counted();
  const held = compartments({ index, limit: 100 });
  put('p', '1');
  await held.load('p');
  put('p', '1', 2);
  assert.deepEqual(
    (await held.load('p')).map(({ version }) => version),
    [2],
  );
  assert.deepEqual(loads, ['p', 'p']);
});

test('what a process whose clock is slow wrote is noticed', async () => {
  const { index, loads, put } = counted();
  const held = compartments({ index, limit: 100 });
  put('p', '1');
  await held.load('p');
  const newest = put('p', '2', 2);
  held.changed(['p'], newest);
  put('p', '3'); // elsewhere
  put('p', '2', 2); // and the newest is another still
  const ids = async () => (await held.load('p')).map(({ id }) => id).sort();
  assert.deepEqual(await ids(), ['1', '2', '3']);
  assert.deepEqual(loads, ['p', 'p']);
});

test('the compartments used longest ago are let go; one is held whatever its size', async () => {
  const { index, loads, put } = counted();
  const held = compartments({ index, limit: 3 });
  for (const name of ['a', 'b']) for (const id of ['1', '2']) put(name, `${name}${id}`);
  for (const name of ['a', 'b', 'b', 'a', 'a']) await held.load(name);
  assert.deepEqual(loads, ['a', 'b', 'a']);
});

test('two processes on one store see each other’s writes', async (t) => {
  const kept = disk();
  const [one, other] = [await recordsWorld({ disk: kept }), await recordsWorld({ disk: kept })];
  t.after(() => Promise.all([one.stop(), other.stop()]));
  const about = await one.file(patient());
  const count = async ({ call }: typeof one) => (await call('GET', `/fhir/Observation?patient=${about}`)).body.total;
  for (let n = 1; n <= 3; n++) {
    const id = await one.file(observation(about));
    assert.deepEqual([await count(one), await count(other)], [1, 1]);
    await other.call('DELETE', `/fhir/Observation/${id}`);
    assert.deepEqual([await count(one), await count(other)], [0, 0]);
  }
});
