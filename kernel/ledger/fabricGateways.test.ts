import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { GatewayError } from '@hyperledger/fabric-gateway';
import { gateways } from './fabricGateways.ts';
import { silent } from './fabricTesting.ts';

const [rest, stuck, deadline] = [5_000, 8_000, 3_000];
const failure = (code: number) =>
  new GatewayError({
    code,
    details: [],
    cause: Object.assign(new Error(), { code, details: '', metadata: new Metadata() }),
  });

/** Two gateways, `a` before `b`, whose calls do as they are told. */
function given() {
  const clock = { time: 0, now: () => clock.time };
  const opened: string[] = [];
  const closed: string[] = [];
  const ways = gateways({
    addresses: ['a', 'b'],
    open(address) {
      const name = `${address}${opened.push(address)}`;
      return { name, close: () => closed.push(name) };
    },
    ...{ clock, log: silent, rest, stuck },
  });
  const call = (outcome?: unknown, after = 0) =>
    ways
      .use(async ({ name }) => {
        clock.time += after;
        if (outcome) throw Object.assign(outcome, { by: name });
        return name;
      })
      .catch(({ by }) => by);
  const silence = () => call(failure(status.DEADLINE_EXCEEDED), deadline);
  return { clock, ways, call, silence, opened, closed };
}

test('the first serves; when it cannot be reached the second; after a rest the first again', async () => {
  const { clock, call } = given();
  assert.equal(await call(), 'a1');
  assert.equal(await call(failure(status.UNAVAILABLE)), 'a1');
  assert.equal(await call(), 'b2');
  clock.time += rest;
  assert.equal(await call(), 'a1');
});

test('where all failed, the one that failed longest ago is tried', async () => {
  const { clock, call } = given();
  await call(failure(status.UNAVAILABLE));
  clock.time += 1;
  await call(failure(status.UNAVAILABLE));
  assert.equal(await call(), 'a1');
});

test('an error that a gateway answered is no failure of the gateway', async () => {
  const { call } = given();
  for (const code of [status.ABORTED, status.FAILED_PRECONDITION, status.UNKNOWN])
    assert.equal(await call(failure(code)), 'a1');
  assert.equal(await call(new Error('a fault')), 'a1');
});

test('a connection on which everything was silent for long is replaced, and closed', async () => {
  const { clock, silence, call, opened, closed } = given();
  assert.equal(await silence(), 'a1');
  clock.time += rest;
  assert.equal(await silence(), 'a1');
  assert.deepEqual(opened, ['a', 'b', 'a']);
  assert.deepEqual(closed, ['a1']);
  assert.equal(await call(), 'a3');
});

test('one answer in between, and the connection stays', async () => {
  const { clock, silence, call, opened } = given();
  await silence();
  clock.time += rest;
  assert.equal(await call(), 'a1');
  assert.equal(await silence(), 'a1');
  clock.time += rest - 1;
  await silence();
  assert.deepEqual(opened, ['a', 'b']);
});

test('a stuck connection is closed only when nothing uses it any more; closing closes the others', async () => {
  const { clock, ways, silence, closed } = given();
  const lease = ways.lease();
  await silence();
  clock.time += rest;
  await silence();
  assert.deepEqual(closed, []);
  lease.failed(failure(status.DEADLINE_EXCEEDED)); // of the old connection: nothing against the new one
  lease.release();
  assert.deepEqual(closed, ['a1']);
  ways.close();
  assert.deepEqual(closed, ['a1', 'a3', 'b2']);
});
