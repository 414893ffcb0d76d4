import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { ContractEvent, Ledger, Transaction } from './port.ts';

/**
 * What every ledger promises; called by each adapter's test. `open` gives one ledger with the registry and consent
 * contracts, empty or used: every test works under names of its own.
 */
export function ledgerConformance(adapter: string, open: () => Promise<Ledger>): void {
  let ledger: Ledger;
  before(async () => {
    ledger = await open();
  });
  after(() => ledger.close());
  const given = (name: string, body: () => Promise<void>) => test(`${adapter}: ${name}`, body);

  given('what was submitted is read back, and the height grows', async () => {
    const policy = pseudonym();
    const before = await ledger.height();
    const committed = await ledger.submit(record(policy, 1));
    assert.ok(committed.block > before);
    assert.ok((await ledger.height()) >= committed.block);
    assert.equal(await ledger.evaluate(read(policy)), committed.result);
    assert.equal(JSON.parse(committed.result).transaction, committed.transactionId);
  });

  given('a refusal reaches its caller only, and changes nothing', async () => {
    const policy = pseudonym();
    const [good, bad, other] = await Promise.allSettled([
      ledger.submit(record(policy, 1)),
      ledger.submit({ contract: 'consent', fn: 'record', args: ['nonsense'] }),
      ledger.submit(record(pseudonym(), 1)),
    ]);
    assert.equal(good.status, 'fulfilled');
    assert.equal(other.status, 'fulfilled');
    assert.equal(bad.status === 'rejected' && bad.reason.code, 'business-rule');
    await assert.rejects(ledger.submit(record(policy, 1, 'f'.repeat(64))), { code: 'business-rule' });
    assert.equal(JSON.parse(await ledger.evaluate(read(policy))).hash, hashOf(1));
  });

  given('the same transaction after an unknown outcome gives the same result', async () => {
    const policy = pseudonym();
    const first = await ledger.submit(record(policy, 1));
    const again = await ledger.submit(record(policy, 1));
    assert.equal(again.result, first.result);
    assert.notEqual(again.transactionId, first.transactionId);
  });

  given('many at once all commit, under different ids', async () => {
    const policies = Array.from({ length: 40 }, pseudonym);
    const committed = await Promise.all(policies.map((policy) => ledger.submit(record(policy, 1))));
    assert.equal(new Set(committed.map(({ transactionId }) => transactionId)).size, 40);
    const states = await Promise.all(policies.map((policy) => ledger.evaluate(read(policy))));
    assert.deepEqual(
      states,
      committed.map(({ result }) => result),
    );
  });

  given('of two different versions 1 that race, one is kept and the other refused', async () => {
    const policy = pseudonym();
    const rivals = await Promise.allSettled([
      ledger.submit(record(policy, 1, 'a'.repeat(64))),
      ledger.submit(record(policy, 1, 'b'.repeat(64))),
    ]);
    assert.deepEqual(rivals.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const winner = rivals.find((rival) => rival.status === 'fulfilled');
    assert.equal(await ledger.evaluate(read(policy)), winner?.value.result);
  });

  given('a read finds nothing: business-rule; an unknown function or contract: business-rule', async () => {
    await assert.rejects(ledger.evaluate(read(pseudonym())), { code: 'business-rule' });
    await assert.rejects(ledger.evaluate({ ...read(pseudonym()), fn: 'nothing' }), { code: 'business-rule' });
    await assert.rejects(ledger.submit({ ...record(pseudonym(), 1), fn: 'nothing' }), { code: 'business-rule' });
  });

  given('ranges come in the order of their keys', async () => {
    const policy = pseudonym();
    for (const version of [1, 2, 10, 11]) await ledger.submit(record(policy, version));
    const history = JSON.parse(await ledger.evaluate({ ...read(policy), fn: 'history' }));
    assert.deepEqual(
      history.map(({ version }: { version: number }) => version),
      [1, 2, 10, 11],
    );
  });

  given('events come from the block asked for, in order, then live, until the signal', async () => {
    const [before, policy] = [await ledger.submit(record(pseudonym(), 1)), pseudonym()];
    await ledger.submit(record(policy, 1));
    const stop = new AbortController();
    const seen: ContractEvent[] = [];
    for await (const event of ledger.events(before.block + 1, stop.signal)) {
      assert.ok(event.block > before.block);
      if (JSON.parse(event.payload).policy === policy && seen.push(event) < 3)
        void ledger.submit(record(policy, seen.length + 1)); // the next comes only now: live
      if (seen.length === 3) stop.abort();
    }
    assert.deepEqual(
      seen.map(({ contract, name }) => `${contract}.${name}`),
      Array(3).fill('consent.recorded'),
    );
    assert.deepEqual(
      seen.map(({ payload }) => JSON.parse(payload).version),
      [1, 2, 3],
    );
    for (const { payload, transactionId } of seen) assert.equal(JSON.parse(payload).transaction, transactionId);
  });

  given('waiting for events ends with the signal', async () => {
    const stop = new AbortController();
    const waiting = ledger
      .events((await ledger.height()) + 1_000_000, stop.signal)
      [Symbol.asyncIterator]()
      .next();
    stop.abort();
    assert.equal((await waiting).done, true);
  });
}

const pseudonym = () => randomBytes(32).toString('hex');
const hashOf = (version: number) => version.toString(16).padStart(64, '0');
const read = (policy: string): Transaction => ({ contract: 'consent', fn: 'policy', args: [policy] });

function record(policy: string, version: number, hash = hashOf(version)): Transaction {
  const request = { policy, version, state: 'granted', hash, at: version };
  return { contract: 'consent', fn: 'record', args: [JSON.stringify(request)] };
}
