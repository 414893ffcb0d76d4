import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConsentContract } from '../../contracts/consent.ts';
import { RegistryContract } from '../../contracts/registry.ts';
import { ResearchContract } from '../../contracts/research.ts';
import { SharingContract } from '../../contracts/sharing.ts';
import type { Contract, ContractState } from '../../contracts/state.ts';
import { verifyChain } from './chain.ts';
import { ledgerConformance } from './conformance.ts';
import { embeddedLedger } from './embedded.ts';
import type { Transaction } from './port.ts';
import { researchConformance } from './researchConformance.ts';
import { sharingConformance } from './sharingConformance.ts';

const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
after(() => rmSync(folder, { recursive: true }));
const freshFile = () => join(mkdtempSync(join(folder, 'l')), 'ledger.sqlite');

const seed = Buffer.alloc(32, 1);
const clock = { time: Date.UTC(2026, 0, 1), now: () => clock.time };
const open = (file: string, more: Contract[] = [], signingKey: Uint8Array = seed) =>
  embeddedLedger({
    file,
    signingKey,
    organization: 'west',
    contracts: [new RegistryContract(), new ConsentContract(), ...more],
    clock,
  });
const record = (n: number): Transaction => ({
  contract: 'consent',
  fn: 'record',
  args: [
    JSON.stringify({ policy: `${n}`.padStart(64, '0'), version: 1, state: 'granted', hash: 'a'.repeat(64), at: 1 }),
  ],
});

ledgerConformance('embedded', async () => open(freshFile()));
ledgerConformance('embedded in memory', async () => open(':memory:'));
sharingConformance('embedded', async () => open(freshFile(), [new SharingContract()]));
researchConformance('embedded', async () => open(freshFile(), [new ResearchContract()]));

test('what waits in one turn becomes one block; the next turn another', async () => {
  const ledger = open(':memory:');
  const blocks = (await Promise.all([1, 2, 3].map((n) => ledger.submit(record(n))))).map(({ block }) => block);
  assert.deepEqual(blocks, [0, 0, 0]);
  assert.equal((await ledger.submit(record(4))).block, 1);
  await ledger.close();
});

test('a refused transaction makes no block', async () => {
  const ledger = open(':memory:');
  await assert.rejects(ledger.submit({ contract: 'consent', fn: 'record', args: [] }), { code: 'business-rule' });
  assert.equal(await ledger.height(), -1);
  await ledger.close();
});

test('opened again it goes on where it was, and old events are there', async () => {
  const file = freshFile();
  const first = open(file);
  const { result } = await first.submit(record(1));
  await first.close();
  const again = open(file);
  assert.equal(await again.height(), 0);
  assert.equal((await again.submit(record(1))).result, result);
  await again.submit(record(2));
  assert.equal(await again.height(), 2);
  const stop = new AbortController();
  const policies: string[] = [];
  for await (const { payload } of again.events(0, stop.signal))
    if (policies.push(JSON.parse(payload).policy) === 2) stop.abort();
  assert.deepEqual(policies.map(Number), [1, 2]);
  await again.close();
  assert.equal(verifyChain(file).valid, true);
});

test('what was submitted before closing is committed; afterwards nothing is', async () => {
  const file = freshFile();
  const ledger = open(file);
  const pending = [1, 2].map((n) => ledger.submit(record(n)));
  await ledger.close();
  await Promise.all(pending);
  await assert.rejects(ledger.submit(record(3)), { code: 'unavailable' });
  const report = verifyChain(file);
  assert.equal(report.valid && report.transactions, 2);
});

test('another key cannot continue a chain', async () => {
  const file = freshFile();
  const ledger = open(file);
  await ledger.submit(record(1));
  await ledger.close();
  assert.throws(() => open(file, [], Buffer.alloc(32, 2)), { code: 'unavailable' });
});

/** Stands in for the audit contract, to see what the runtime gives to a function. */
class Probe implements Contract {
  readonly name = 'audit';
  async keep(state: ContractState, key: string): Promise<string> {
    const secret = Buffer.from(state.transient('secret') ?? []).toString();
    const before = (await state.get(key)) ?? 'nothing';
    await state.put(key, 'kept');
    const seen = (await state.get(key)) ?? 'nothing';
    return JSON.stringify([secret.length, before, seen, state.time, state.caller]);
  }
  async fault(): Promise<string> {
    throw new TypeError('a fault');
  }
  async chatter(state: ContractState): Promise<string> {
    state.emit('one', '');
    state.emit('two', '');
    return '';
  }
}

test('transient data reaches the contract and no file; a function does not see its own writes', async () => {
  const file = freshFile();
  const ledger = open(file, [new Probe()]);
  const transaction: Transaction = { contract: 'audit', fn: 'keep', args: ['key'] };
  const [first, second] = await Promise.all([
    ledger.submit({ ...transaction, transient: { secret: Buffer.from('Jane Doe, allergic') } }),
    ledger.submit(transaction),
  ]);
  assert.deepEqual(JSON.parse(first.result), [18, 'nothing', 'nothing', clock.time, 'west']);
  assert.deepEqual(JSON.parse(second.result), [0, 'kept', 'kept', clock.time, 'west']);
  await ledger.submit({ ...transaction, transient: { secret: Buffer.from('Jane Doe, allergic') } });
  for (const name of readdirSync(join(file, '..')))
    assert.ok(!readFileSync(join(file, '..', name)).includes('Jane'), name);
  await ledger.close();
});

test('a call that writes cannot be evaluated; a fault in a contract stays a fault, and harms nobody else', async () => {
  const ledger = open(':memory:', [new Probe()]);
  await assert.rejects(ledger.evaluate({ contract: 'audit', fn: 'keep', args: ['key'] }), { code: 'business-rule' });
  const [fault, good] = await Promise.allSettled([
    ledger.submit({ contract: 'audit', fn: 'fault', args: [] }),
    ledger.submit(record(1)),
  ]);
  assert.ok(fault.status === 'rejected' && fault.reason instanceof TypeError);
  assert.equal(good.status, 'fulfilled');
  await ledger.close();
});

test('a transaction emits one event: Fabric would keep only the last', async () => {
  const ledger = open(':memory:', [new Probe()]);
  await assert.rejects(ledger.submit({ contract: 'audit', fn: 'chatter', args: [] }), /second event/);
  assert.equal(await ledger.height(), -1);
  await ledger.close();
});

test('time on the ledger never goes back', async () => {
  const ledger = open(':memory:', [new Probe()]);
  const timeOf = async () =>
    JSON.parse((await ledger.submit({ contract: 'audit', fn: 'keep', args: ['t'] })).result)[3];
  const first = await timeOf();
  clock.time -= 5_000;
  assert.equal(await timeOf(), first);
  clock.time += 5_000;
  await ledger.close();
});

test('a burst is split into blocks of bounded size, and all of it commits', async () => {
  const ledger = open(':memory:');
  const committed = await Promise.all(Array.from({ length: 1_200 }, (_, n) => ledger.submit(record(n))));
  assert.deepEqual([...new Set(committed.map(({ block }) => block))], [0, 1, 2]);
  await ledger.close();
});
