import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { CommitStatusError, EndorseError, GatewayError, StatusCode } from '@hyperledger/fabric-gateway';
import type { FabricConnection } from './fabricConnection.ts';
import { gateways } from './fabricGateways.ts';
import { submitter } from './fabricSubmit.ts';
import { silent } from './fabricTesting.ts';
import type { Transaction } from './port.ts';

const parts = (code: number, message: string, ...by: string[]) => ({
  ...{ code, message, transactionId: '1', details: by.map((mspId) => ({ mspId, message, address: '' })) },
  cause: Object.assign(new Error(message), { code, details: message, metadata: new Metadata() }),
});
const refusedBy = (...by: string[]) =>
  new EndorseError(parts(status.ABORTED, 'chaincode response 404, not anchored', ...by));
const lost = () => new CommitStatusError(parts(status.DEADLINE_EXCEEDED, 'Deadline exceeded'));
const away = () => new GatewayError(parts(status.UNAVAILABLE, 'No connection established.'));

/** A ledger of two peers, `west` and `east`, that does as it is told; each submit takes the next outcome. */
function given({ outcomes = [], heights = {} }: { outcomes?: (Error | number)[]; heights?: Record<string, number[]> }) {
  const transaction: Transaction = { contract: 'audit', fn: 'link', args: ['{}'] };
  const asked: string[] = [];
  let tries = 0;
  const next = (address: string) => (heights[address]!.length > 1 ? heights[address]!.shift()! : heights[address]![0]!);
  const connection = (address: string) => {
    async function endorse() {
      const outcome = outcomes.shift() ?? 1;
      asked.push(address);
      tries++;
      if (outcome instanceof EndorseError) throw outcome;
      const getStatus = async () => {
        if (outcome instanceof Error) throw outcome;
        const code = outcome > 0 ? StatusCode.VALID : StatusCode.MVCC_READ_CONFLICT;
        return { successful: outcome > 0, code, blockNumber: BigInt(outcome), transactionId: `${tries}` };
      };
      return { submit: async () => ({ getStatus }), getResult: () => Buffer.from(`try ${tries}`) };
    }
    const contract = { newProposal: () => ({ endorse }), evaluate: async () => Buffer.from(`read at ${address}`) };
    return { contract, height: async (mspId = address) => next(mspId), close() {} } as unknown as FabricConnection;
  };
  const clock = { now: Date.now };
  const ways = gateways({
    addresses: ['west', 'east'],
    open: connection,
    clock,
    log: silent,
    rest: 60_000,
    stuck: 60_000,
  });
  return { transaction, asked, ways, ledger: submitter({ gateways: ways, clock, patience: 400 }) };
}

test('an outcome that is not known: the same transaction again, until it is', async () => {
  const { ledger, transaction, asked } = given({ outcomes: [lost(), 0, 7] });
  assert.deepEqual(await ledger.submit(transaction), { transactionId: '3', block: 7, result: 'try 3' });
  assert.deepEqual(asked, ['west', 'east', 'east']); // the one that was silent rests
});

test('an outcome that stays unknown is a failure in time', async () => {
  const { ledger, transaction } = given({ outcomes: Array.from({ length: 20 }, lost) });
  await assert.rejects(ledger.submit(transaction), { code: 'timeout' });
});

test('a refusal of a peer that had our newest block before it was asked is one', async () => {
  const refusals = [refusedBy('east'), refusedBy('east')];
  const { ledger, transaction, asked } = given({ outcomes: [5, ...refusals], heights: { east: [5] } });
  await ledger.submit(transaction);
  await assert.rejects(ledger.submit(transaction), { code: 'business-rule', message: 'not anchored' });
  assert.equal(asked.length, 3);
});

test('a peer that got our newest block between its refusal and the question for its height is asked again', async () => {
  const { ledger, transaction } = given({ outcomes: [5, refusedBy('east'), 6], heights: { east: [5] } });
  await ledger.submit(transaction);
  assert.equal((await ledger.submit(transaction)).block, 6);
});

test('a refusal of a peer that lacks our newest block says nothing: again', async () => {
  const { ledger, transaction } = given({
    outcomes: [5, refusedBy('east'), refusedBy('east'), 6],
    heights: { east: [3, 4] },
  });
  await ledger.submit(transaction);
  assert.equal((await ledger.submit(transaction)).block, 6);
});

test('a peer that stays behind makes the ledger unavailable, not the transaction wrong', async () => {
  const refusals = Array.from({ length: 50 }, () => refusedBy('east'));
  const { ledger, transaction } = given({ outcomes: [5, ...refusals], heights: { east: [4] } });
  await ledger.submit(transaction);
  await assert.rejects(ledger.submit(transaction), { code: 'unavailable' });
});

test('a read through another gateway waits until it has what we committed', async () => {
  const { ledger, transaction, ways } = given({ outcomes: [5], heights: { east: [2, 4, 5] } });
  await ledger.submit(transaction);
  assert.equal(await ledger.evaluate(transaction), 'read at west');
  await assert.rejects(ways.use(() => Promise.reject(away())));
  assert.equal(await ledger.evaluate(transaction), 'read at east');
});
