import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../kernel/errors.ts';
import { consentWorld, disk, question, start } from './testing/world.ts';

const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;
const reader = question('p-1', 'chen', 'lindenhof');
const allow = { grantee: { organization: 'lindenhof' } };

test('a grant is seen by the very next check, and so is its revocation', async (t) => {
  const { consent, outside, logIn } = await consentWorld(t);
  const patient = logIn('ada', 'patient', { patient: 'p-1' });
  assert.equal((await consent.check(reader)).decisions[0]!.permit, true); // rule 2: what lindenhof itself wrote
  const facts = { type: 'Observation', id: 'o', authorOrganization: 'northgate' };
  const asked = { ...reader, decideEach: true, resources: [facts] };
  assert.deepEqual((await consent.check(asked)).decisions[0]!.permits, [false]);

  const granted = await outside.grant(allow, patient);
  assert.equal(granted.version, 1);
  const [permitted] = (await consent.check(asked)).decisions;
  assert.deepEqual(permitted!.permits, [true]);
  assert.equal(permitted!.version, granted.streamVersion);
  assert.deepEqual(permitted!.basis, [`Consent/${granted.consent}/_history/1`, 'rule:2']);

  const revoked = await outside.revoke({ consent: granted.consent, reason: 'no more' }, patient);
  assert.deepEqual([revoked.version, revoked.streamVersion], [2, granted.streamVersion + 1]);
  assert.deepEqual((await consent.check(asked)).decisions[0]!.permits, [false]);
  assert.deepEqual((await consent.head({ patients: ['p-1', 'p-2'] })).versions, [revoked.streamVersion, 0]);
  assert.deepEqual(await outside.revoke({ consent: granted.consent, reason: 'again' }, patient), revoked);
});

test('of grants at once on one stream none is lost', async (t) => {
  const { consent, outside, logIn } = await consentWorld(t);
  const patient = logIn('ada', 'patient', { patient: 'p-1' });
  const receipts = await Promise.all(Array.from({ length: 40 }, () => outside.grant(allow, patient)));
  assert.equal(new Set(receipts.map(({ streamVersion }) => streamVersion)).size, 40);
  const { bundle } = await outside.searchConsents({ query: '_count=100' }, patient);
  assert.equal(JSON.parse(Buffer.from(bundle).toString()).total, 40);
  assert.deepEqual((await consent.head({ patients: ['p-1'] })).versions, [41]);
});

test('amid grants, revocations and checks at once, nobody is permitted by what is revoked', async (t) => {
  const { consent, outside, logIn } = await consentWorld(t);
  const patient = logIn('ada', 'patient', { patient: 'p-1' });
  const basis = async (subject: string) =>
    (await consent.check(question('p-1', subject, `org-${subject}`))).decisions[0]!.basis;
  const trial = async (n: number) => {
    const subject = String(n % 7); // seven organisations, so that their consents replace each other's
    const { consent: id } = await outside.grant({ grantee: { organization: `org-${subject}` } }, patient);
    const under = [basis(subject), basis(subject)];
    await outside.revoke({ consent: id }, patient);
    assert.ok(!(await basis(subject)).some((each) => each.startsWith(`Consent/${id}/`)));
    await Promise.all(under);
  };
  await Promise.all(Array.from({ length: 60 }, (_, n) => trial(n)));
  assert.deepEqual((await consent.head({ patients: ['p-1'] })).versions, [121]);
});

test('a retried request with the same key is answered as the first time, and done once', async (t) => {
  const { consent, outside, logIn } = await consentWorld(t);
  const patient = logIn('ada', 'patient', { patient: 'p-1' });
  const keyed = { ...allow, idempotencyKey: 'k-1' };
  const [first, second] = await Promise.all([outside.grant(keyed, patient), outside.grant(keyed, patient)]);
  assert.deepEqual(second, first);
  assert.deepEqual(await outside.grant(keyed, patient), first);
  await assert.rejects(outside.grant({ ...keyed, deny: true }, patient), refused('business-rule'));
  assert.deepEqual((await consent.head({ patients: ['p-1'] })).versions, [first.streamVersion]);
});

test('a grant whose views failed, sent again, is answered once they have it', async (t) => {
  const kept = disk();
  let failing = true;
  const views = { ...kept.views };
  views.apply = async (writes) => {
    if (failing) throw new Error('the views are away');
    return kept.views.apply(writes);
  };
  const { outside, logIn } = await consentWorld(t, { disk: { ...kept, views } });
  const patient = logIn('ada', 'patient', { patient: 'p-1' });
  const keyed = { ...allow, idempotencyKey: 'k-1' };
  await assert.rejects(outside.grant(keyed, patient));
  failing = false;
  const { consent: id } = await outside.grant(keyed, patient);
  assert.equal((await outside.revoke({ consent: id }, patient)).consent, id);
});

test('explained at a past instant, the answer is what it was then', async (t) => {
  const { consent, outside, clock, logIn } = await consentWorld(t);
  const patient = logIn('ada', 'patient', { patient: 'p-1' });
  clock.time = start + 1000;
  const { consent: id } = await outside.grant(allow, patient);
  clock.time = start + 2000;
  await outside.revoke({ consent: id }, patient);
  const { patients: _, ...asked } = reader;
  const at = async (ms: number) => {
    const instant = { seconds: BigInt((start + ms) / 1000), nanos: 0 };
    const { decision } = await outside.explain({ ...asked, patient: 'p-1', at: instant }, patient);
    return decision!.basis;
  };
  const consented = [`Consent/${id}/_history/1`, 'rule:2'];
  assert.deepEqual(
    [await at(0), await at(1000), await at(2000)],
    [['rule:2', 'rule:6'], consented, ['rule:2', 'rule:6']],
  );
  const now = await consent.explain({ ...asked, patient: 'p-1' });
  const check = await consent.check(reader);
  assert.deepEqual(now.decision!.basis, check.decisions[0]!.basis);
  assert.ok(now.steps.some(({ decided }) => decided));
});

test('rule 1 is for the patient and who acts for them, whatever Patient id a token of somebody else carries', async (t) => {
  const { consent, mandates } = await consentWorld(t);
  const basis = async (actor: { subject: string; role: string; patient?: string }) =>
    (await consent.check({ ...reader, actor })).decisions[0]!.basis;
  assert.deepEqual(await basis({ subject: 'ada', role: 'patient', patient: 'p-1' }), ['rule:1']);
  assert.deepEqual(await basis({ subject: 'chen', role: 'practitioner', patient: 'p-1' }), ['rule:6']);
  assert.deepEqual(await basis({ subject: 'bob', role: 'patient', patient: 'p-2' }), ['rule:6']);
  mandates.push({ subject: 'bob', patient: 'p-1' });
  assert.deepEqual(await basis({ subject: 'bob', role: 'patient', patient: 'p-2' }), ['rule:1']);
  await assert.rejects(consent.check({ ...reader, purposeOfUse: '' }), refused('required'));
  await assert.rejects(consent.check({ ...reader, patients: [] }), refused('required'));
});

test('where identity does not answer, nobody acts for a patient', async (t) => {
  const { consent, mandates } = await consentWorld(t);
  mandates.filter = () => {
    throw new Failure('unavailable', 'identity is down');
  };
  const parent = { ...reader, actor: { subject: 'bob', role: 'patient', patient: 'p-2' } };
  await assert.rejects(consent.check(parent), refused('unavailable'));
  assert.equal((await consent.check(reader)).decisions.length, 1);
});

test('whoever has a token asks for themselves only; nobody without one asks at all', async (t) => {
  const { outside, logIn } = await consentWorld(t);
  const chen = logIn('chen', 'practitioner', { organization: 'lindenhof' });
  await assert.rejects(outside.check(reader), refused('login'));
  assert.equal((await outside.check(reader, chen)).decisions[0]!.permit, true);
  const another = { ...reader, actor: { subject: 'adler', role: 'patient', patient: 'p-1' } };
  await assert.rejects(outside.check(another, chen), refused('forbidden'));
  const dressed = { ...reader, actor: { subject: 'chen', role: 'patient', patient: 'p-1' } };
  assert.deepEqual((await outside.check(dressed, chen)).decisions[0]!.basis, ['rule:2', 'rule:6']);
  await assert.rejects(outside.head({ patients: ['p-1'] }, chen), refused('forbidden'));
});
