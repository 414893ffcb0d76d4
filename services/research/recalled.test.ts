import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { digest } from '../../contracts/opened.ts';
import { RegistryContract } from '../../contracts/registry.ts';
import { ResearchContract } from '../../contracts/research.ts';
import { sqliteBus } from '../../kernel/bus/sqlite.ts';
import { randomIds, systemClock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/errors.ts';
import { embeddedLedger } from '../../kernel/ledger/embedded.ts';
import type { Ledger } from '../../kernel/ledger/port.ts';
import { openNote } from '../../kernel/merkle/note.ts';
import { inProcess } from '../../kernel/rpc/inprocess.ts';
import { ResearchService } from '../../proto/gen/healthchain/research/v1/research_pb.ts';
import { disk as consentDisk, consentWorld } from '../consent/testing/world.ts';
import { releaseTransaction } from './app/anchor.ts';
import { releasedWorld } from './testing/released.ts';
import { disk, researchWorld } from './testing/world.ts';

/** A ledger that northgate is on; `down` while nobody answers. */
async function ledgerOf() {
  const ledger = embeddedLedger({
    ...{ file: ':memory:', signingKey: new Uint8Array(32).fill(7), organization: 'harbour', clock: systemClock },
    contracts: [new RegistryContract(), new ResearchContract()],
  });
  const args = [JSON.stringify({ id: 'northgate', name: 'Northgate', keys: [] })];
  await ledger.submit({ contract: 'registry', fn: 'registerOrganization', args });
  const state = { down: false };
  const submit: Ledger['submit'] = async (transaction) => {
    if (state.down) throw new Failure('unavailable', 'The ledger does not answer.');
    return ledger.submit(transaction);
  };
  const standing = async (id: string) =>
    JSON.parse(await ledger.evaluate({ contract: 'research', fn: 'standing', args: [digest(id)] }));
  const anchored = (id: string) => {
    const [domain, after, contents] = ['domain', id, 'contents'].map(digest) as [string, string, string];
    return ledger.submit(releaseTransaction({ release: id, domain, before: domain, after, contents, at: 0 }));
  };
  return { state, standing, anchored, ledger: { ...ledger, submit } as Ledger };
}

/** The real consent service, research beside it on the same bus, and one release of three who consent. */
async function given(t: TestContext) {
  const bus = sqliteBus(':memory:');
  const consents = await consentWorld(t, { disk: { ...consentDisk(), bus } });
  const [study, release] = [randomUUID(), randomUUID()];
  const as = (patient: string) => consents.logIn(patient, 'patient', { patient });
  const revoke = new Map<string, () => Promise<unknown>>();
  for (const patient of ['p1', 'p2', 'p3']) {
    const purposes = [`urn:healthchain:study|${study}`];
    const asked = { patient, grantee: { organization: 'northgate' }, purposes };
    const { consent } = await consents.outside.grant(asked, as(patient));
    revoke.set(patient, () => consents.outside.revoke({ consent, reason: 'no more' }, as(patient)));
  }
  const kept = disk();
  const ledger = await ledgerOf();
  const published = await releasedWorld(kept);
  await published.publish(release, [...revoke.keys()], study);
  await published.download(release);
  await ledger.anchored(release);
  const open = () =>
    researchWorld(t, { disk: kept, others: consents.service.rpc, engines: { bus, ledger: ledger.ledger } });
  return { ...ledger, published, study, release, open, revoke: (patient: string) => revoke.get(patient)!() };
}

/** The first value that is not undefined. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(5);
  }
}

test('a consent is revoked: the release is recalled by its event, told, attested, and all of it is on the ledger', async (t) => {
  const { open, revoke, release, study, standing, published } = await given(t);
  const { call, outside } = await open();
  assert.deepEqual((await call('hale', 'GET', '/recalls')).body, { recalls: [] });
  assert.equal((await call('hale', 'GET', `/releases/${release}/recall`)).status, 404);
  await revoke('p2');
  const recall = await until(async () => (await call('gray', 'GET', '/recalls')).body.recalls[0]);
  assert.deepEqual([recall.release, recall.study, recall.replaceable], [release, study, false]);
  const { body } = await call('hale', 'GET', `/releases/${release}/recall`);
  const { body: key } = await call('hale', 'GET', '/key');
  const notice = await openNote(body.note, [key.vkey]);
  assert.doesNotMatch(notice, /p2/);
  const path = `/releases/${release}/recall/attestation`;
  assert.equal((await call('ward', 'POST', path, { text: 'Gone.' })).status, 403);
  assert.equal((await call('hale', 'POST', path, {})).status, 400);
  const { body: attested } = await call('hale', 'POST', path, { text: 'Gone.' });
  assert.equal(attested.late, false);
  assert.equal(digest(await openNote(attested.note, [key.vkey])), attested.attestation);
  const again = await outside.attestReleaseDeletion({ release, text: 'Gone.' }, { token: 'hale' });
  assert.equal(again.attestation, attested.attestation);
  const { recalls } = await outside.listRecalls({}, { token: 'reed' });
  assert.ok(recalls[0]!.recipients.find(({ recipient }) => recipient === 'hale')!.attested);
  const { note } = await outside.getRecallNotice({ release }, { token: 'reed' });
  assert.equal(note, body.note);
  const stands = await until(async () => {
    const found = await standing(release);
    return found.attestations.length > 0 ? found : undefined;
  });
  assert.deepEqual([stands.recall.notice, stands.attestations[0].attestation], [digest(notice), attested.attestation]);
  assert.ok((await published.subjects.read('p2'))!.recalled.has(release));
});

test('what was revoked while research was away is found when it starts', async (t) => {
  const { open, revoke, release } = await given(t);
  await revoke('p1');
  const { call } = await open();
  const recall = await until(async () => (await call('gray', 'GET', '/recalls')).body.recalls[0]);
  assert.equal(recall.release, release);
});

test('a ledger that is down keeps nobody from recalling; it is told later', async (t) => {
  const { open, revoke, state, release, standing } = await given(t);
  state.down = true;
  const { call } = await open();
  await revoke('p3');
  await until(async () => (await call('gray', 'GET', '/recalls')).body.recalls[0]);
  assert.equal((await standing(release)).recall, undefined);
  state.down = false;
  await until(async () => (await standing(release)).recall);
});

test('erasure is for services; it recalls, and the release holds two whom anybody can still find', async (t) => {
  const { open, release, published } = await given(t);
  const { call, outside, service } = await open();
  await assert.rejects(outside.forgetPatient({ patient: 'p1' }, { token: 'gray' }), { code: 'forbidden' });
  const authenticate = async () => Promise.reject(new Failure('login', 'Nobody logs in here.'));
  const transport = inProcess({ services: () => service.rpc, caller: 'identity', authenticate, ids: randomIds });
  const inside = transport.client(ResearchService);
  await assert.rejects(inside.forgetPatient({}), { code: 'required' });
  await inside.forgetPatient({ patient: 'p1' });
  await inside.forgetPatient({ patient: 'p1' });
  const { body } = await call('gray', 'GET', '/recalls');
  assert.equal(body.recalls[0].release, release);
  assert.deepEqual((await published.subjects.of(release)).sort(), ['p2', 'p3']);
});
