import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { CommitStatusError, EndorseError, GatewayError } from '@hyperledger/fabric-gateway';
import { answerIn, InvalidTransaction, meaningOf } from './fabricErrors.ts';

const parts = (code: number, message: string, ...said: [mspId: string, message: string][]) => ({
  ...{ code, message, transactionId: '1' },
  details: said.map(([mspId, text]) => ({ mspId, message: text, address: 'localhost:1' })),
  cause: Object.assign(new Error(message), { code, details: message, metadata: new Metadata() }),
});
const seen = 'failed to endorse transaction, see attached details for more info';

test('a refusal of the contract is a business rule, with its own words', () => {
  const evaluated = 'chaincode response 404, There is no such policy.';
  const endorsed = parts(status.ABORTED, seen, ['east', 'chaincode response 409, Version 1 is\nrecorded.']);
  const meanings = [
    meaningOf(new GatewayError(parts(status.UNKNOWN, 'evaluate call …', ['west', evaluated]))),
    meaningOf(new EndorseError(endorsed)),
  ];
  for (const [at, message] of ['There is no such policy.', 'Version 1 is\nrecorded.'].entries()) {
    const meaning = meanings[at]!;
    assert.ok(meaning.kind === 'refused');
    assert.deepEqual([meaning.failure.code, meaning.failure.message], ['business-rule', message]);
    assert.deepEqual(meaning.by, [['west', 'east'][at]]);
  }
});

test('what cannot be otherwise next time is final, and says so', () => {
  const cases: [message: string, code: string][] = [
    ['chaincode response 500, The contract failed; …', 'exception'],
    ['error validating proposal: access denied: channel [healthchain] creator org [west]', 'forbidden'],
    ['grpc: received message larger than max (5000000 vs. 4194304)', 'too-long'],
  ];
  for (const [message, code] of cases) {
    const meaning = meaningOf(new EndorseError(parts(status.ABORTED, seen, ['west', message])));
    assert.deepEqual([meaning.kind, meaning.failure.code], ['final', code]);
  }
  assert.equal(meaningOf(new TypeError('a fault')).kind, 'final');
});

test('an outcome that is not known is tried again', () => {
  const cases: [error: Error, code: string, soon: boolean][] = [
    [new EndorseError(parts(status.UNAVAILABLE, 'No connection established.')), 'unavailable', false],
    [
      new EndorseError(parts(status.FAILED_PRECONDITION, 'no combination of peers can be derived')),
      'unavailable',
      false,
    ],
    [
      new EndorseError(parts(status.ABORTED, seen, ['east', 'ProposalResponsePayloads do not match'])),
      'unavailable',
      true,
    ],
    [new CommitStatusError(parts(status.DEADLINE_EXCEEDED, 'Deadline exceeded')), 'timeout', false],
    [new InvalidTransaction('MVCC_READ_CONFLICT'), 'unavailable', true],
    [new InvalidTransaction('PHANTOM_READ_CONFLICT'), 'unavailable', true],
    [new InvalidTransaction('ENDORSEMENT_POLICY_FAILURE'), 'unavailable', false],
  ];
  for (const [error, code, soon] of cases) {
    const meaning = meaningOf(error);
    assert.deepEqual([meaning.kind, meaning.failure.code], ['again', code], error.message);
    assert.equal(meaning.kind === 'again' && meaning.soon, soon, error.message);
  }
});

test('a gateway that says that orderers are away is there itself', () => {
  const said = 'no orderers could successfully process transaction';
  assert.equal(answerIn(new GatewayError(parts(status.UNAVAILABLE, said))), 'answered');
  assert.equal(answerIn(new GatewayError(parts(status.UNAVAILABLE, 'No connection established.'))), 'unreachable');
  assert.equal(answerIn(new GatewayError(parts(status.DEADLINE_EXCEEDED, 'Deadline exceeded'))), 'silent');
});

test('no text of peers gets into a public message but a refusal', () => {
  const secret = 'connection to 10.0.0.7 refused for user peter';
  for (const code of [status.ABORTED, status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.INTERNAL])
    for (const error of [
      new EndorseError(parts(code, secret, ['west', secret])),
      new GatewayError(parts(code, secret)),
    ])
      assert.ok(!meaningOf(error).failure.message.includes('10.0.0.7'));
});
