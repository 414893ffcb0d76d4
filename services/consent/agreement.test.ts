import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { commitment } from '../../contracts/opened.ts';
import { Failure } from '../../kernel/errors.ts';
import { Agreement_Status as Status } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { consentWorld, disk, organizations, start } from './testing/world.ts';

const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;
const hour = 3600_000;
const timestamp = (ms: number) => ({ seconds: BigInt(ms / 1000), nanos: 0 });
const sha256 = Buffer.alloc(32, 7);

/** Three organisations on the ledger, a patient, and clinicians of two of them. */
async function sharingWorld(t: TestContext, options: Parameters<typeof consentWorld>[1] = {}) {
  const kept = options.disk ?? disk();
  for (const id of organizations) {
    const args = [JSON.stringify({ id, name: id, keys: [] })];
    await kept.ledger.submit({ contract: 'registry', fn: 'registerOrganization', args });
  }
  const world = await consentWorld(t, { ...options, disk: kept });
  const { logIn, outside, consent, clock } = world;
  const patient = logIn('ada', 'patient', { patient: 'p-1' });
  const chen = logIn('chen', 'practitioner', { organization: 'lindenhof' });
  const terms = {
    dataClasses: ['Observation'],
    until: timestamp(start + 240 * hour),
    eraseAt: timestamp(start + 480 * hour),
  };
  const ledger = async (fn: string, ...args: string[]) =>
    JSON.parse(await kept.ledger.evaluate({ contract: 'sharing', fn, args }));
  return {
    ...world,
    ...{ patient, chen, ledger },
    propose: (more: object = {}, as = chen) =>
      outside.proposeAgreement({ patient: 'p-1', custodian: 'northgate', terms: { ...terms, ...more } }, as),
    authorise: (agreement: string, idempotencyKey = '', as = chen) =>
      consent.authoriseTransfer({ agreement, patient: 'p-1', idempotencyKey }, as),
    fulfil: (agreement: string, transfer: number) =>
      consent.fulfilTransfer({ agreement, transfer, sha256, size: 9n }, chen),
    pass: (ms: number) => {
      clock.time += ms;
    },
  };
}

test('proposed, accepted by the patient, authorised by the ledger, fulfilled: the receipt stands there, salted', async (t) => {
  const { propose, outside, patient, chen, authorise, fulfil, ledger } = await sharingWorld(t);
  const proposed = await propose();
  assert.equal(proposed.status, Status.PROPOSED);
  await assert.rejects(authorise(proposed.id), refused('forbidden'));
  const accepted = await outside.acceptAgreement({ id: proposed.id }, patient);
  assert.deepEqual([accepted.status, accepted.standing], [Status.ACCEPTED, false]);
  const authorised = await authorise(proposed.id);
  assert.deepEqual([authorised.transfer, authorised.custodian], [1, 'northgate']);
  assert.deepEqual(authorised.dataClasses, ['Observation']);
  const onLedger = await ledger('transfer', authorised.pseudonym, '1');
  assert.deepEqual([onLedger.state, onLedger.transaction], ['authorised', authorised.transaction]);
  await fulfil(proposed.id, 1);
  const { transfers } = await outside.getAgreement({ id: proposed.id }, chen);
  const receipt = transfers[0]!.receipt!;
  assert.deepEqual(Buffer.from(receipt.sha256), sha256);
  while ((await ledger('transfer', authorised.pseudonym, '1')).state !== 'fulfilled') await pause();
  const kept = await ledger('transfer', authorised.pseudonym, '1');
  assert.equal(kept.receipt, commitment(receipt.salt, sha256.toString('hex')));
});

test('a consent that stands accepts for the patient; revoked, it ends the agreement', async (t) => {
  const { propose, outside, patient, authorise, ledger, pass } = await sharingWorld(t);
  const granted = await outside.grant({ grantee: { organization: 'lindenhof' } }, patient);
  const agreement = await propose({ transfers: 2 });
  assert.deepEqual([agreement.status, agreement.standing, agreement.consent], [Status.ACCEPTED, true, granted.consent]);
  await authorise(agreement.id);
  pass(hour);
  await outside.revoke({ consent: granted.consent }, patient);
  const ended = await outside.getAgreement({ id: agreement.id }, patient);
  assert.deepEqual([ended.status, ended.endReason], [Status.ENDED, 'revoked']);
  await assert.rejects(authorise(agreement.id), refused('forbidden'));
  assert.equal((await ledger('agreement', agreement.pseudonym)).transfers, 1);
});

test('a consent to less than is asked for, does not accept; neither does one granted for another agreement', async (t) => {
  const { propose, outside, patient, clock } = await sharingWorld(t);
  const grantee = { organization: 'lindenhof' };
  const less = await outside.grant({ grantee, resourceTypes: ['Observation'] }, patient);
  const asked = await propose({ dataClasses: ['Observation', 'Condition'] });
  assert.equal(asked.status, Status.PROPOSED);
  await outside.revoke({ consent: less.consent }, patient);
  await outside.acceptAgreement({ id: asked.id }, patient);
  clock.time += 1;
  const more = await propose({ transfers: 1_000 });
  assert.equal(more.status, Status.PROPOSED);
  await assert.rejects(outside.acceptAgreement({ id: more.id }, patient), refused('business-rule'));
  await outside.endAgreement({ id: asked.id }, patient);
  assert.equal((await outside.acceptAgreement({ id: more.id }, patient)).status, Status.ACCEPTED);
});

test('what the requester may see of its own is no consent: a proposal waits for the patient', async (t) => {
  const { propose } = await sharingWorld(t);
  assert.equal((await propose()).status, Status.PROPOSED);
});

test('the ledger decides on consents that it was told of only now, or under other settings', async (t) => {
  const kept = disk();
  const first = await sharingWorld(t, { disk: kept });
  const { id } = await first.propose({ transfers: 5 });
  await first.outside.acceptAgreement({ id }, first.patient);
  await first.authorise(id);
  await first.service.stop();
  const again = await sharingWorld(t, { disk: kept, env: { CONSENT_ZONE: '+01:00' } });
  assert.equal((await again.authorise(id)).transfer, 2);
  await again.outside.grant({ grantee: { organization: 'lindenhof' }, deny: true }, again.patient);
  await assert.rejects(again.authorise(id), refused('forbidden'));
});

test('the frequency holds, also for those who ask at once; the same key is the same transfer', async (t) => {
  const { propose, outside, patient, authorise, pass } = await sharingWorld(t);
  const { id } = await propose({ transfers: 2 });
  await outside.acceptAgreement({ id }, patient);
  const all = await Promise.allSettled(Array.from({ length: 5 }, (_, n) => authorise(id, `key ${n}`)));
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 2);
  assert.equal((await authorise(id, 'key 0')).transfer, (await authorise(id, 'key 0')).transfer);
  await assert.rejects(authorise(id), refused('forbidden'));
  pass(25 * hour);
  assert.equal((await authorise(id)).transfer, 3);
});

test('an answer of the ledger that got lost is no lost transfer, whoever asks next', async (t) => {
  const kept = disk();
  const { submit } = kept.ledger;
  let lost = false;
  const ledger = {
    ...kept.ledger,
    async submit(transaction: Parameters<typeof submit>[0]) {
      const committed = await submit(transaction);
      if (transaction.fn !== 'authorise' || lost) return committed;
      lost = true;
      throw new Failure('unavailable', 'The answer got lost.');
    },
  };
  const { propose, outside, patient, authorise, logIn, chen } = await sharingWorld(t, { disk: { ...kept, ledger } });
  const { id } = await propose({ transfers: 2 });
  await outside.acceptAgreement({ id }, patient);
  await assert.rejects(authorise(id, 'k'), refused('unavailable'));
  const dorn = logIn('dorn', 'practitioner', { organization: 'lindenhof' });
  assert.equal((await authorise(id, '', dorn)).transfer, 2);
  assert.equal((await authorise(id, 'k', chen)).transfer, 1);
});

test('ended by the patient, its consent ends with it, and the recipient attests the deletion or is late', async (t) => {
  const { propose, outside, patient, chen, authorise, logIn, pass, clock } = await sharingWorld(t);
  const { id } = await propose();
  const { consent } = await outside.acceptAgreement({ id }, patient);
  await authorise(id);
  const ended = await outside.endAgreement({ id }, patient);
  assert.equal(Number(ended.eraseBy!.seconds) * 1000, start + 480 * hour);
  const { bundle } = await outside.searchConsents({ query: `_id=${consent}&status=active` }, patient);
  assert.equal(JSON.parse(Buffer.from(bundle).toString()).total, 0);
  const late = async () => (await outside.listAgreements({ late: true }, patient)).agreements.map((each) => each.id);
  assert.deepEqual(await late(), []);
  pass(480 * hour);
  assert.deepEqual(await late(), [id]);
  const adler = logIn('adler', 'practitioner', { organization: 'northgate', expires: clock.time });
  await assert.rejects(outside.attestDeletion({ id, text: 'gone' }, adler), refused('forbidden'));
  await outside.attestDeletion({ id, text: 'deleted, and the backups too' }, chen);
  assert.deepEqual(await late(), []);
});

test('the patient is told of each proposal, and with the privacy officers of who is late', async (t) => {
  const kept = disk();
  const { propose, outside, patient, authorise, rest, service } = await sharingWorld(t, { disk: kept });
  const told = async (on: typeof rest, { token }: { token: string }) => {
    const answer = await on.inject({ url: '/consent/notifications', headers: { authorization: `Bearer ${token}` } });
    return (answer.json() as { notifications: { kind: string; text: string; agreement: string }[] }).notifications;
  };
  const { id } = await propose();
  const [proposed] = await told(rest, patient);
  assert.deepEqual([proposed!.kind, proposed!.agreement], ['sharing-proposed', id]);
  assert.match(proposed!.text, /lindenhof wants from northgate: Observation .* unless you accept/);
  await outside.acceptAgreement({ id }, patient);
  await authorise(id);
  await outside.endAgreement({ id }, patient);
  await service.stop();
  kept.clock.time += 480 * hour;
  const again = await sharingWorld(t, { disk: kept, env: { BREAK_GLASS_SWEEP_MS: '1' } });
  for (const organization of ['lindenhof', 'northgate']) {
    const officer = again.logIn('gray', 'privacy-officer', { organization });
    while ((await told(again.rest, officer)).length === 0) await pause();
    assert.equal((await told(again.rest, officer))[0]!.kind, 'deletion-overdue');
  }
  assert.equal((await told(again.rest, again.patient))[0]!.kind, 'deletion-overdue');
});

test('whoever is no party sees nothing, and nobody but the patient accepts', async (t) => {
  const { propose, outside, chen, logIn } = await sharingWorld(t);
  const { id } = await propose();
  const evans = logIn('evans', 'practitioner', { organization: 'harbour' });
  const another = logIn('bo', 'patient', { patient: 'p-2' });
  for (const stranger of [evans, another]) {
    await assert.rejects(outside.getAgreement({ id }, stranger), refused('not-found'));
    await assert.rejects(outside.acceptAgreement({ id }, stranger), refused('not-found'));
    await assert.rejects(outside.endAgreement({ id }, stranger), refused('not-found'));
    assert.deepEqual((await outside.listAgreements({}, stranger)).agreements, []);
  }
  await assert.rejects(outside.acceptAgreement({ id }, chen), refused('forbidden'));
  assert.equal((await outside.listAgreements({}, chen)).agreements[0]!.id, id);
  assert.equal((await outside.endAgreement({ id }, chen)).endReason, 'withdrawn');
});

test('terms that make no agreement are refused with the term', async (t) => {
  const { propose, outside, patient, chen } = await sharingWorld(t);
  for (const [term, wrong] of [
    ['dataClasses', { dataClasses: [] }],
    ['purpose', { purposeOfUse: 'BTG' }],
    ['until', { until: timestamp(start) }],
    ['eraseAt', { eraseAt: timestamp(start + hour) }],
    ['recipientRole', { recipientRole: 'patient' }],
  ] as const)
    await assert.rejects(propose(wrong), (error: Failure) => error.issues[0]?.expression?.[0] === term, term);
  await assert.rejects(propose({}, patient), refused('forbidden'));
  const known = { patient: 'p-1', terms: { dataClasses: ['Observation'], until: timestamp(start + hour) } };
  await assert.rejects(outside.proposeAgreement({ ...known, custodian: 'lindenhof' }, chen), refused('value'));
  await assert.rejects(outside.proposeAgreement({ ...known, custodian: 'nowhere' }, chen), refused('not-found'));
});

test('the same proposal with the same key is the same agreement; another is a mistake', async (t) => {
  const { outside, chen } = await sharingWorld(t);
  const terms = { dataClasses: ['Observation'], until: timestamp(start + hour) };
  const asked = { patient: 'p-1', custodian: 'northgate', terms, idempotencyKey: 'k' };
  const { id } = await outside.proposeAgreement(asked, chen);
  assert.equal((await outside.proposeAgreement(asked, chen)).id, id);
  await assert.rejects(outside.proposeAgreement({ ...asked, custodian: 'harbour' }, chen), refused('business-rule'));
});

test('a period that is over ends the agreement by itself', async (t) => {
  const kept = disk();
  const { propose, outside, patient, pass, service } = await sharingWorld(t, { disk: kept });
  const { id } = await propose();
  await outside.acceptAgreement({ id }, patient);
  pass(240 * hour);
  await service.stop();
  const again = await sharingWorld(t, { disk: kept, env: { BREAK_GLASS_SWEEP_MS: '1' } });
  while ((await again.outside.getAgreement({ id }, again.patient)).status !== Status.ENDED) await pause();
  assert.equal((await again.outside.getAgreement({ id }, again.patient)).endReason, 'expired');
});
const pause = () => new Promise((resolve) => setImmediate(resolve));
