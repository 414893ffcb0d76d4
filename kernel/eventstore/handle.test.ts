import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../errors.ts';
import { type Counted, counted, sealedLog } from '../testing/sealedLog.ts';
import { type Decider, handle } from './handle.ts';
import type { SealedStore } from './sealed.ts';

type Add = { by: number; upTo?: number };

const counter: Decider<Add, Counted, number> = {
  initial: 0,
  decide({ by, upTo = Number.POSITIVE_INFINITY }, sum) {
    if (sum + by > upTo) throw new Failure('business-rule', 'That is too much.');
    return by === 0 ? [] : [counted(by)];
  },
  evolve: (sum, event) => (event.type === 'Counted' ? sum + event.by : sum),
};

const add = (log: SealedStore<Counted>, command: Add, options?: { expected?: number }) =>
  handle(log, counter, 'sum', 'p1', command, options);

test('given the past, a command decides; state and version are those after it', async () => {
  const { log } = await sealedLog();
  await add(log, { by: 2 });
  const { state, version, recorded } = await add(log, { by: 3 });
  assert.deepEqual([state, version], [5, 2]);
  assert.deepEqual(
    recorded.map(({ event, version }) => [event, version]),
    [[counted(3), 2]],
  );
});

test('a command that changes nothing appends nothing', async () => {
  const { log } = await sealedLog();
  await add(log, { by: 2 });
  assert.deepEqual(await add(log, { by: 0 }), { state: 2, version: 1, recorded: [] });
  assert.equal(await log.version('sum'), 1);
});

test('a refused command appends nothing', async () => {
  const { log } = await sealedLog();
  await assert.rejects(add(log, { by: 2, upTo: 1 }), { code: 'business-rule' });
  assert.equal(await log.version('sum'), 0);
});

test('of two that race, the loser decides anew on what the winner left', async () => {
  const { log } = await sealedLog();
  await Promise.all([add(log, { by: 2 }), add(log, { by: 3 })]);
  assert.equal((await add(log, { by: 0 })).state, 5);
  const outcomes = await Promise.allSettled([add(log, { by: 1, upTo: 6 }), add(log, { by: 1, upTo: 6 })]);
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  const refused = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  assert.equal(refused.reason.code, 'business-rule');
});

test('who loses twice is told of the conflict', async () => {
  const { log } = await sealedLog();
  const hasty: SealedStore<Counted> = {
    ...log,
    async read(stream) {
      const past = await log.read(stream);
      await log.append([{ stream, expected: past.length, owner: 'p1', events: [counted()] }]); // always a moment earlier
      return past;
    },
  };
  await assert.rejects(add(hasty, { by: 1 }), { code: 'conflict' });
  assert.equal(await log.version('sum'), 2);
});

test('a client that saw an older version is told so, whether it moved before or meanwhile', async () => {
  const { log } = await sealedLog();
  await add(log, { by: 1 });
  assert.equal((await add(log, { by: 1 }, { expected: 1 })).version, 2);
  await assert.rejects(add(log, { by: 1 }, { expected: 1 }), { code: 'precondition-failed' });
  const race = await Promise.allSettled([add(log, { by: 1 }, { expected: 2 }), add(log, { by: 1 }, { expected: 2 })]);
  const [lost] = race.filter((outcome) => outcome.status === 'rejected');
  assert.equal(lost?.reason.code, 'precondition-failed');
  assert.equal(await log.version('sum'), 3);
});
