import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsentContract } from '../consent.ts';
import { RegistryContract } from '../registry.ts';
import { type Contract, ContractRefusal, type ContractState } from '../state.ts';
import { chaincode } from './chaincode.ts';
import type { Stub } from './stub.ts';
import { about, contractsVersion, transactionName } from './version.ts';

/** Stands in for the audit contract, to see what the chaincode gives to a function. */
class Probe implements Contract {
  readonly name = 'audit';
  async look(state: ContractState, key: string): Promise<string> {
    const found: unknown[] = [];
    for await (const entry of state.range('a', 'c')) found.push(entry);
    const secret = Buffer.from(state.transient('secret') ?? []).toString();
    return JSON.stringify([
      await state.get(key),
      await state.other('consent', key),
      found,
      secret,
      state.time,
      state.id,
      state.caller,
    ]);
  }
  async keep(state: ContractState, key: string, value: string): Promise<string> {
    await state.put(key, value);
    state.emit('kept', key);
    return 'done';
  }
  async chatter(state: ContractState): Promise<string> {
    state.emit('one', '');
    state.emit('two', '');
    return '';
  }
  async refuse(_state: ContractState, code: 'invalid'): Promise<string> {
    throw new ContractRefusal(code, 'No.');
  }
  async fault(): Promise<string> {
    throw new TypeError('Jane Doe is not valid JSON');
  }
}

/** A call on a state; what it wrote and emitted. */
async function call(fcn: string, params: string[] = [], state: Record<string, string> = {}) {
  const [written, events, faults]: [Record<string, string>, string[], unknown[]] = [{}, [], []];
  const entries = Object.entries(state).map(([key, value]) => ({ key, value: Buffer.from(value) }));
  const stub: Stub = {
    getFunctionAndParameters: () => ({ fcn, params }),
    getState: async (key) => Buffer.from(state[key] ?? ''),
    async putState(key, value) {
      written[key] = Buffer.from(value).toString();
    },
    async *getStateByRange(from, to) {
      yield* entries.filter(({ key }) => key >= from && key < to);
    },
    setEvent: (name, payload) => void events.push(`${name} ${Buffer.from(payload)}`),
    getTransient: () => new Map([['secret', Buffer.from('s')]]),
    getTxTimestamp: () => ({ seconds: { toNumber: () => 1_700_000_000 }, nanos: 123_999_999 }),
    getTxID: () => 'tx',
    getCreator: () => ({ mspid: 'west' }),
  };
  const contracts = [new RegistryContract(), new ConsentContract(), new Probe()];
  const { status, message, payload } = await chaincode(contracts, (fault) => faults.push(fault)).Invoke(stub);
  return { status, message, result: Buffer.from(payload ?? []).toString(), written, events, faults };
}

test('a function sees its own keys, those of others by their contract, and the envelope of the transaction', async () => {
  const state = { 'audit/a': '1', 'audit/b': '2', 'audit/c': '3', 'consent/b': 'theirs', b: 'nobody' };
  const { status, result } = await call('audit:look', ['b'], state);
  const range = [
    ['a', '1'],
    ['b', '2'],
  ];
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(result), ['2', 'theirs', range, 's', 1_700_000_000_123, 'tx', 'west']);
  assert.deepEqual(JSON.parse((await call('audit:look', ['none'])).result).slice(0, 2), [null, null]);
});

test('what it writes and emits carries its contract’s name', async () => {
  const { written, events, result } = await call('audit:keep', ['key', 'value']);
  assert.deepEqual([written, events, result], [{ 'audit/key': 'value' }, ['audit.kept key'], 'done']);
});

test('a read-only call writes nothing', async () => {
  const { status, written, events } = await call(transactionName('audit', 'keep', true), ['key', 'value']);
  assert.deepEqual([status, written, events], [400, {}, []]);
});

test('refusals have the status of their code, and their message', async () => {
  for (const [code, status] of [
    ['invalid', 400],
    ['forbidden', 403],
    ['not-found', 404],
    ['conflict', 409],
  ] as const) {
    const refused = await call('audit:refuse', [code]);
    assert.deepEqual([refused.status, refused.message, refused.faults], [status, 'No.', []]);
  }
  for (const unknown of ['audit:nothing', 'audit:constructor', 'nobody:look', 'look', ''])
    assert.equal((await call(unknown)).status, 404);
});

test('a fault is told to the log, and its text to nobody else', async () => {
  for (const [fn, ...args] of [['fault'], ['chatter'], ['keep', 'key', '']]) {
    const { status, message, faults } = await call(`audit:${fn}`, args);
    assert.deepEqual(
      [status, message, faults.length],
      [500, 'The contract failed; the log of the chaincode says why.', 1],
    );
  }
});

test('it says what it is', async () => {
  assert.deepEqual(JSON.parse((await call(about)).result), { chaincode: 'healthchain', version: contractsVersion });
});
