import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { until } from './bus/testing.ts';
import { sqliteEventStore } from './eventstore/sqlite.ts';
import { workerLease } from './lease.ts';

const logger = pino({ level: 'silent' });

test('one of two has it; who stops hands it over, and is told nothing any more', async () => {
  const store = sqliteEventStore(':memory:');
  const [one, other] = ['one', 'other'].map((holder) => workerLease({ store, holder, logger }));
  const told: boolean[] = [];
  other!.onChange(() => void told.push(other!.held()));
  await one!.start();
  await other!.start();
  assert.deepEqual([one!.held(), other!.held()], [true, false]);
  await one!.stop();
  assert.equal(one!.held(), false);
  await until(() => other!.held());
  assert.deepEqual(told, [true]);
  await other!.stop();
});

test('who is not answered relies on the last answer for a while only, and has it again with the next', async () => {
  const store = sqliteEventStore(':memory:');
  let isAway = false;
  const flaky = {
    ...store,
    lease: async (...asked: [string, string]) => {
      if (isAway) throw new Error('the database does not answer');
      return store.lease(...asked);
    },
  };
  const lease = workerLease({ store: flaky, holder: 'one', logger });
  const told: boolean[] = [];
  lease.onChange(() => void told.push(lease.held()));
  await lease.start();
  isAway = true;
  assert.equal(lease.held(), true);
  await until(() => told.includes(false));
  isAway = false;
  await until(() => lease.held());
  assert.deepEqual(told, [true, false, true]);
  await lease.stop();
});
