import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import type { Ledger } from '../../kernel/ledger/port.ts';
import { EventType, PublicEventSchema } from '../../proto/gen/healthchain/event/v1/event_pb.ts';
import { consentWorld, disk, organizations, start } from './testing/world.ts';

const fast = { LEDGER_RECONCILE_MS: '1' };
const hex = (digit: string) => digit.repeat(64);
const later = { seconds: BigInt(start / 1000 + 3600), nanos: 0 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Somebody's consents, break-glass and agreement, all of it on the ledger. */
async function recorded(t: TestContext) {
  const kept = disk();
  for (const id of organizations) {
    const args = [JSON.stringify({ id, name: id, keys: [] })];
    await kept.ledger.submit({ contract: 'registry', fn: 'registerOrganization', args });
  }
  const world = await consentWorld(t, { disk: kept, env: fast });
  const { logIn, outside, consent } = world;
  const patient = logIn('ada', 'patient', { patient: 'p-1' });
  const chen = logIn('chen', 'practitioner', { organization: 'lindenhof' });
  const granted = await outside.grant({ grantee: { organization: 'lindenhof' } }, patient);
  await outside.revoke({ consent: granted.consent }, patient);
  const reason = { system: 'urn:reason', code: 'ETREAT' };
  await outside.declareBreakGlass({ patient: 'p-1', reason, reasonText: 'unconscious' }, chen);
  const terms = { dataClasses: ['Observation'], until: later };
  const { id, pseudonym } = await outside.proposeAgreement({ patient: 'p-1', custodian: 'northgate', terms }, chen);
  await outside.acceptAgreement({ id }, patient);
  const { transfer } = await consent.authoriseTransfer({ agreement: id, patient: 'p-1' }, chen);
  await consent.fulfilTransfer({ agreement: id, transfer, sha256: Buffer.alloc(32), size: 1n }, chen);
  while (/healthchain_ledger_lag\{service="consent"\} [1-9]/.test(await world.metrics.text())) await turn();
  return { ...world, kept, agreement: pseudonym, ledger: kept.ledger };
}

async function differences({ metrics }: Pick<Awaited<ReturnType<typeof recorded>>, 'metrics'>): Promise<number> {
  return Number(/healthchain_ledger_differences\{service="consent"\} (\d+)/.exec(await metrics.text())![1]);
}

/** What the ledger was told of policies, as anybody may see it. */
async function policies(ledger: Ledger): Promise<{ policy: string; version: number }[]> {
  const all: { policy: string; version: number }[] = [];
  const stop = new AbortController();
  const height = await ledger.height();
  for await (const { block, name, payload } of ledger.events(0, stop.signal)) {
    if (name === 'recorded') all.push(JSON.parse(payload));
    if (block >= height) stop.abort();
  }
  return all;
}

async function told({ kept }: { kept: ReturnType<typeof disk> }): Promise<number> {
  const commits = await kept.store.readAll(0, 10_000);
  return commits.flatMap(({ events }) => events).filter(({ type }) => type === 'LedgerDiffered').length;
}

/** Types of the public events that go out from now on. */
async function published(t: TestContext, { bus }: ReturnType<typeof disk>): Promise<EventType[]> {
  const types: EventType[] = [];
  const subscription = await bus.subscribe({
    group: 'test',
    topics: ['healthchain.consent.v1'],
    handle: async (batch) => void types.push(...batch.map(({ value }) => fromBinary(PublicEventSchema, value).type)),
  });
  t.after(() => subscription.stop());
  return types;
}

test('what was entered as it happened differs in nothing', async (t) => {
  const world = await recorded(t);
  for (let n = 0; n < 50; n += 1) await turn();
  assert.deepEqual([await differences(world), await told(world)], [0, 0]);
});

test('a version, a head and an attestation that nobody made are found, counted, and told once', {
  timeout: 20_000,
}, async (t) => {
  const world = await recorded(t);
  const { ledger, agreement } = world;
  const types = await published(t, world.kept);
  const plant = async (contract: 'consent' | 'sharing', fn: string, request: object) =>
    ledger.submit({ contract, fn, args: [JSON.stringify(request)] });
  const [first] = await policies(ledger);
  await plant('consent', 'record', { policy: first!.policy, version: 9, state: 'granted', hash: hex('a'), at: 1 });
  while ((await differences(world)) !== 1) await turn();
  const { policy } = JSON.parse(await ledger.evaluate({ contract: 'sharing', fn: 'agreement', args: [agreement] }));
  await plant('consent', 'restate', { policy, version: 99, hash: hex('b'), settings: hex('c') });
  while ((await differences(world)) !== 2) await turn();
  await plant('sharing', 'fulfil', { agreement, transfer: 1, receipt: hex('d') }).catch(() => {});
  await plant('sharing', 'attest', { agreement, attestation: hex('e') }).catch(() => {});
  for (let n = 0; n < 50; n += 1) await turn();
  assert.deepEqual([await differences(world), await told(world)], [2, 2]); // the contract had refused those two
  while (types.filter((type) => type === EventType.LEDGER_DIFFERED).length < 2) await turn();
});

test('a ledger that lost what was entered misses all of it', { timeout: 20_000 }, async (t) => {
  const { kept, service } = await recorded(t);
  await service.stop();
  const empty = await consentWorld(t, { disk: { ...kept, ledger: disk().ledger }, env: fast });
  // two versions of a consent, the one that the agreement rests on, break-glass, the head, the agreement
  while ((await differences(empty)) !== 6) await turn();
});
