import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { randomIds, systemClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { sealedStore } from '../eventstore/sealed.ts';
import { sqliteEventStore } from '../eventstore/sqlite.ts';
import { openKeyring } from '../keys/keyring.ts';
import { localKeys } from '../keys/local.ts';
import { leaseAsSaid } from '../testing/lease.ts';
import { ledgerEntries } from './entries.ts';
import type { Ledger, Transaction } from './port.ts';

type Event = { type: 'Entered' | 'Private'; n: number };

/** A store with events, and a ledger that takes, refuses or is down as `answer` says. */
async function world(answer: (n: string) => void | Promise<void> = () => {}) {
  const store = sqliteEventStore(':memory:');
  const keys = localKeys(':memory:');
  const [clock, ids] = [systemClock, randomIds];
  const keyring = await openKeyring({ service: 'consent', keys, store, ids, clock });
  const log = sealedStore<Event>({ service: 'consent', store, keyring, clock, ids });
  const submitted: string[] = [];
  const ledger = {
    async submit({ args }: Transaction) {
      await answer(args[0]!);
      submitted.push(args[0]!);
      return { transactionId: 'tx', block: 0, result: '' };
    },
  } as Ledger;
  const open = () =>
    ledgerEntries<Event>({
      ...{
        cursor: 'test',
        store,
        log,
        ledger,
        lease: leaseAsSaid(),
        logger: pino({ level: 'silent' }),
        retryMs: 1,
        types: ['Entered'],
      },
      transaction: ({ event }) => ({ contract: 'consent', fn: 'record', args: [String(event.n)] }),
    });
  const append = async (stream: string, expected: number, ...events: Event[]) =>
    log.append([{ stream, expected, owner: stream, events }]);
  return { open, append, submitted, keys };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}
const entered = (n: number): Event => ({ type: 'Entered', n });

test('events are entered, those of one stream in their order, whenever they come', async (t) => {
  const { open, append, submitted } = await world();
  await append('a', 0, entered(1), { type: 'Private', n: 9 }, entered(2));
  const entries = open();
  entries.start();
  t.after(entries.stop);
  await append('a', 3, entered(3));
  await append('b', 0, entered(4));
  await until(() => submitted.length === 4);
  assert.deepEqual(
    submitted.filter((n) => n !== '4'),
    ['1', '2', '3'],
  );
  await until(async () => (await entries.lag()) === 0);
});

test('while the ledger is down they wait, and are then entered; the next start goes on where it was', async () => {
  let down = true;
  let asked = 0;
  const { open, append, submitted } = await world(() => {
    asked += 1;
    if (down) throw new Failure('unavailable', 'The ledger is down.');
  });
  await append('a', 0, entered(1));
  const first = open();
  first.start();
  await until(() => asked > 2);
  assert.equal(await first.lag(), 1);
  await first.stop();
  down = false;
  const second = open();
  second.start();
  await until(async () => (await second.lag()) === 0);
  await second.stop();
  assert.deepEqual(submitted, ['1']);
});

test('what a contract refuses, and what was erased meanwhile, holds nothing up', async (t) => {
  const { open, append, submitted, keys } = await world((n) => {
    if (n === '1') throw new Failure('business-rule', 'Refused.');
  });
  await append('a', 0, entered(1), entered(2));
  await append('erased', 0, entered(3));
  await append('b', 0, entered(4));
  await keys.destroy('consent/erased');
  const entries = open();
  entries.start();
  t.after(entries.stop);
  await until(() => submitted.length === 2);
  assert.deepEqual(submitted.sort(), ['2', '4']);
});

test('stopping lets the transaction in hand finish', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const { open, append, submitted } = await world(() => {
    asked.resolve();
    return answer.promise;
  });
  await append('a', 0, entered(1));
  const entries = open();
  entries.start();
  await asked.promise;
  const stopped = entries.stop();
  answer.resolve();
  await stopped;
  assert.deepEqual(submitted, ['1']);
});
