import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { until } from '../bus/testing.ts';
import type { Recorded } from '../eventstore/sealed.ts';
import { leaseAsSaid } from '../testing/lease.ts';
import { type Counted, counted, sealedLog } from '../testing/sealedLog.ts';
import type { Views } from './port.ts';
import { type Projection, projector } from './projection.ts';
import { sqliteViews } from './sqlite.ts';

const logger = pino({ level: 'silent' });

/** One document per stream: its sum so far. Reads what earlier events wrote, as real projections do. */
function sums(views: Views): Projection<Counted> {
  return {
    collections: ['sums'],
    async apply({ stream, version, event }) {
      if (event.type !== 'Counted') return [];
      const before = version === 1 ? 0 : sumOf(await views.get('sums', stream));
      const body = Buffer.from(`${before + event.by}`);
      return [{ collection: 'sums', id: stream, version, keys: { all: '1' }, sort: version, body }];
    },
  };
}
const sumOf = (document: { body: Uint8Array } | undefined) => Number(Buffer.from(document?.body ?? []).toString());

async function world(views = sqliteViews(':memory:')) {
  const parts = await sealedLog();
  const project = () => projector<Counted>({ ...parts, views, projections: [sums(views)] });
  const count = (stream: string, expected: number, by: number) =>
    parts.log.append([{ stream, expected, owner: `p-${stream}`, events: [counted(by)] }]);
  return { ...parts, views, project, count, sum: async (stream: string) => sumOf(await views.get('sums', stream)) };
}

test('what is applied is there to read; what a crash left out is caught up with', async () => {
  const { project, count, sum, views } = await world();
  const running = project();
  await running.catchUp();
  await running.apply(await count('a', 0, 2));
  assert.equal(await sum('a'), 2);
  await count('a', 1, 3); // appended, and then the process ended
  await count('b', 0, 7);
  await project().catchUp();
  assert.deepEqual([await sum('a'), await sum('b')], [5, 7]);
  assert.equal(await views.position(), 5, 'two keys and three events');
});

test('catching up twice changes nothing', async () => {
  const { project, count, sum, views } = await world();
  await count('a', 0, 2);
  await count('a', 1, 2);
  for (const _ of [1, 2]) {
    await project().catchUp();
    await views.savePosition(0);
  }
  assert.equal(await sum('a'), 4);
});

test('the mark follows while the lease is had, and never passes a commit that is not applied', async () => {
  const { project, count, sum, views, store } = await world();
  const running = project();
  const lease = leaseAsSaid();
  await running.start({ lease, logger });
  const late: Recorded<Counted>[] = await count('late', 0, 1); // appended, its views still to come
  for (let n = 0; n < 1200; n++) await running.apply(await count('a', n, 1));
  const all = (await store.readAll(0, 2000)).length;
  await until(async () => (await views.position()) === all);
  assert.equal(await sum('late'), 1, 'what it passes over it applies itself');
  await running.apply(late);
  assert.equal(await sum('late'), 1);
  await running.stop();
  assert.equal(await sum('a'), 1200);
});

test('what this process applied is not applied again', async () => {
  const views = sqliteViews(':memory:');
  let applied = 0;
  const counting: Projection<Counted> = {
    collections: [],
    apply: () => {
      applied += 1;
      return [];
    },
  };
  const parts = await sealedLog();
  const running = projector<Counted>({ ...parts, views, projections: [counting] });
  await running.start({ lease: leaseAsSaid(), logger });
  for (let n = 0; n < 10; n++)
    await running.apply(await parts.log.append([{ stream: 'a', expected: n, owner: '', events: [counted()] }]));
  await until(async () => (await views.position()) === 10);
  await running.stop();
  assert.equal(applied, 10);
});

test('of two processes the one with the lease applies what the other left out, and the other takes over', async () => {
  const { project, count, sum, views } = await world();
  const [one, other] = [project(), project()];
  const [held, standby] = [leaseAsSaid(), leaseAsSaid(false)];
  await one.start({ lease: held, logger });
  await other.start({ lease: standby, logger });
  await count('a', 0, 2); // by a process that ended before its views
  await until(async () => (await sum('a')) === 2);
  await one.stop();
  await count('a', 1, 3);
  standby.say(true);
  await until(async () => (await sum('a')) === 5);
  await until(async () => (await views.position()) === 3);
  await other.stop();
});

test('a mark that cannot be saved costs nothing but a longer catch-up', async () => {
  const views = sqliteViews(':memory:');
  const tried = Promise.withResolvers<void>();
  const savePosition = async () => {
    tried.resolve();
    throw new Error('disk full');
  };
  const parts = await sealedLog();
  const running = projector<Counted>({ ...parts, views: { ...views, savePosition }, projections: [sums(views)] });
  await running.start({ lease: leaseAsSaid(), logger });
  await running.apply(await parts.log.append([{ stream: 'a', expected: 0, owner: '', events: [counted()] }]));
  await tried.promise;
  await running.stop();
  assert.equal(sumOf(await views.get('sums', 'a')), 1);
  await projector<Counted>({ ...parts, views, projections: [sums(views)] }).catchUp();
  assert.equal(await views.position(), 1);
});

test('rebuilt views equal the live ones, without what nobody wrote', async () => {
  const { project, count, views } = await world();
  const running = project();
  await running.catchUp();
  for (const [stream, expected, by] of [
    ['a', 0, 1],
    ['b', 0, 2],
    ['a', 1, 3],
  ] as const)
    await running.apply(await count(stream, expected, by));
  const all = () => views.find('sums', { where: { all: '1' } });
  const live = await all();
  const stray = { collection: 'sums', id: 'stray', version: 9, keys: { all: '1' }, sort: 0, body: new Uint8Array() };
  await views.apply([stray]);
  await project().rebuild();
  assert.deepEqual(await all(), live);
});

test('views are rebuilt whole also while the events are followed', async () => {
  const { project, count, sum } = await world();
  const running = project();
  await running.start({ lease: leaseAsSaid(), logger });
  for (let n = 0; n < 20; n++) {
    await running.apply(await count('a', n, 1));
    await running.rebuild();
    assert.equal(await sum('a'), n + 1);
  }
  await running.stop();
});

test('events whose key is destroyed are left out of a rebuild', async () => {
  const { project, count, sum, keyring, views } = await world();
  await count('a', 0, 1);
  await count('b', 0, 2);
  await keyring.destroy('p-a');
  await project().rebuild();
  assert.equal(await views.get('sums', 'a'), undefined);
  assert.equal(await sum('b'), 2);
});
