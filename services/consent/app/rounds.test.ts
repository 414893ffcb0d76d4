import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { rounds as roundsOf } from './rounds.ts';

test('they go on after a round that failed, and end with the round in hand', async () => {
  const rounds: string[] = [];
  let finish = () => {};
  const round = async () => {
    rounds.push('begun');
    if (rounds.length === 1) throw new Error('the store is down');
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    rounds.push('done');
  };
  const sweep = roundsOf({
    round,
    lease: { held: () => true },
    logger: pino({ level: 'silent' }),
    intervalMs: 1,
    failed: 'again',
  });
  sweep.start();
  while (rounds.length < 2) await new Promise(setImmediate);
  const stopped = sweep.stop();
  finish();
  await stopped;
  assert.deepEqual(rounds.slice(0, 3), ['begun', 'begun', 'done']);
});
