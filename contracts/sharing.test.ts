import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonical } from './canonical.ts';
import { commitment } from './opened.ts';
import type { Terms } from './rules/terms.ts';
import * as arbitrary from './rules/testing/arbitrary.ts';
import * as a from './rules/testing/given.ts';
import { collect, decideTransfer } from './rules/transfer.ts';
import {
  begin,
  hashOf,
  hour,
  permitted,
  question,
  registeredStage,
  saltOf,
  sharingStage,
  terms,
  transferIn,
} from './testing/sharing.ts';
import { refusal } from './testing.ts';

const unchanged = (first: object) => ({ ...first, writes: [], events: [] });
const accepted = async (of?: Terms) => {
  const given = await sharingStage(of);
  await given.restate(1);
  await given.propose();
  await given.accept();
  return given;
};

test('proposed, accepted, authorised, fulfilled, ended, attested: each step is kept and told', async () => {
  const { propose, accept, restate, authorise, fulfil, end, attest, stored } = await sharingStage();
  await restate(1);
  assert.deepEqual((await propose()).events, ['proposed']);
  assert.deepEqual((await accept()).events, ['accepted']);
  assert.deepEqual((await authorise(1)).events, ['authorised']);
  const fulfilled = await fulfil(1);
  assert.deepEqual(fulfilled.events, ['fulfilled']);
  assert.equal(transferIn(fulfilled).receipt, hashOf('sent'));
  assert.deepEqual((await end('revoked')).events, ['ended']);
  assert.deepEqual((await attest()).events, ['attested']);
  const { state, transfers, attestation } = await stored();
  assert.deepEqual([state, transfers, attestation], ['ended', 1, hashOf('gone')]);
});

test('every step again is success and changes nothing', async () => {
  const { propose, accept, restate, authorise, fulfil, end, attest } = await sharingStage();
  const head = await restate(1);
  assert.deepEqual(await restate(1), unchanged(head));
  const at = begin + hour;
  const steps = [propose, accept, () => authorise(1), () => fulfil(1), () => end('revoked', at), () => attest()];
  for (const step of steps) {
    const first = await step();
    assert.deepEqual(await step(), unchanged(first));
  }
  await propose();
  await authorise(1);
});

test('something else in the place of what was said is a conflict', async () => {
  const { propose, accept, authorise, fulfil, end, attest } = await accepted();
  await assert.rejects(propose({ policy: hashOf('another') }), refusal('conflict'));
  await assert.rejects(accept({ acceptance: hashOf('no') }), refusal('conflict'));
  await authorise(1);
  const other = { ...question().actor, subject: 'ben' };
  await assert.rejects(authorise(1, { question: question({ actor: other }) }), refusal('conflict'));
  await fulfil(1);
  await assert.rejects(fulfil(1, hashOf('something else')), refusal('conflict'));
  await end('revoked', begin + hour);
  await assert.rejects(end('withdrawn', begin + hour), refusal('conflict'));
  await attest();
  await assert.rejects(attest(hashOf('really gone')), refusal('conflict'));
});

test('each step is its organisation’s to take, and both are registered', async () => {
  const { propose, accept, restate, authorise, fulfil, end, attest } = await sharingStage();
  await restate(1);
  await assert.rejects(propose({}, 'east'), refusal('forbidden'));
  await assert.rejects(propose({ custodian: 'nowhere' }), refusal('not-found'));
  await assert.rejects(propose({ custodian: 'lindenhof' }), refusal('invalid'));
  await propose();
  await assert.rejects(accept({}, 'west'), refusal('forbidden'));
  await accept();
  await assert.rejects(authorise(1, {}, 'west'), refusal('forbidden'));
  await authorise(1);
  await assert.rejects(fulfil(1, hashOf('sent'), 'west'), refusal('forbidden'));
  await assert.rejects(end('revoked', begin, 'north'), refusal('forbidden'));
  await end('withdrawn', begin, 'west');
  await assert.rejects(attest(hashOf('gone'), 'east'), refusal('forbidden'));
});

test('steps out of their order are refused', async () => {
  const { propose, accept, restate, authorise, fulfil, end, attest } = await sharingStage();
  await restate(1);
  for (const step of [accept, () => authorise(1), () => fulfil(1), () => end('expired'), () => attest()])
    await assert.rejects(step(), refusal('not-found'));
  await propose();
  await assert.rejects(authorise(1), refusal('forbidden'));
  await assert.rejects(end('revoked'), refusal('conflict'));
  await accept();
  await assert.rejects(end('declined'), refusal('conflict'));
  await assert.rejects(authorise(2), refusal('conflict'));
  await assert.rejects(fulfil(1), refusal('not-found'));
  await assert.rejects(attest(), refusal('conflict'));
  await end('withdrawn');
  await assert.rejects(attest(), refusal('conflict')); // nothing was authorised
  await assert.rejects(authorise(1), refusal('forbidden'));
});

test('what was handed over is said also after the end', async () => {
  const { authorise, fulfil, end } = await accepted();
  await authorise(1);
  await end('revoked');
  assert.equal(transferIn(await fulfil(1)).state, 'fulfilled');
});

test('terms that are not the ones agreed to, or cannot be agreed to, are refused', async () => {
  const { authorise } = await accepted();
  const others = { ...terms, dataClasses: ['Observation', 'Condition', 'MedicationRequest'] };
  await assert.rejects(authorise(1, { terms: others }), refusal('conflict'));
  for (const wrong of [
    { purpose: 'BTG' },
    { purpose: 'CURIOSITY' },
    { dataClasses: [] },
    { dataClasses: ['Gossip'] },
    { recipientRole: 'patient' },
    { until: begin },
    { eraseAt: begin + hour },
    { frequency: { transfers: 0, window: hour } },
    { from: 'now' as never },
  ]) {
    const { propose } = await sharingStage({ ...terms, ...wrong });
    await assert.rejects(propose(), refusal('invalid'), JSON.stringify(wrong));
  }
});

test('the period: nothing before it begins, nothing from its end on, and it expires only then', async () => {
  const late = { ...terms, from: begin + hour, until: begin + 2 * hour };
  const { authorise, end, clock } = await accepted(late);
  await assert.rejects(authorise(1), refusal('forbidden'));
  clock.time = begin + hour;
  await authorise(1);
  await assert.rejects(end('expired'), refusal('conflict'));
  clock.time = begin + 2 * hour - 1; // the next transaction is at its very end
  await assert.rejects(authorise(2), refusal('forbidden'));
  await end('expired');
});

test('a proposal and an acceptance come before the end of the period', async () => {
  const { propose, accept, end } = await sharingStage();
  await assert.rejects(propose({ at: terms.until }), refusal('invalid'));
  await propose();
  await assert.rejects(accept({ at: terms.until }), refusal('conflict'));
  await end('expired', terms.until);
});

test('the frequency: as many transfers as it allows in any window', async () => {
  const { authorise, clock } = await accepted();
  await authorise(1);
  clock.time += 10 * hour;
  await authorise(2);
  await assert.rejects(authorise(3), refusal('forbidden'));
  clock.time = begin + 24 * hour + 10;
  await authorise(3); // the first has left the window, the second has not
  await assert.rejects(authorise(4), refusal('forbidden'));
});

test('a policy that is not the newest is refused, and so is one under other settings', async () => {
  const { authorise, restate } = await accepted();
  await assert.rejects(authorise(1, { salt: saltOf('another') }), refusal('conflict'));
  await assert.rejects(authorise(1, { state: a.given([a.consent(a.permit())]) }), refusal('conflict'));
  const lax = { ...a.deployment, basePolicy: 'all-normal' } as const;
  await assert.rejects(authorise(1, { deployment: lax }), refusal('conflict'));
  await restate(2, a.given([]));
  await assert.rejects(authorise(1), refusal('conflict'));
  await restate(3);
  await authorise(1, { salt: saltOf('head 3') });
});

test('without any recorded policy nothing is authorised', async () => {
  const { propose, accept, authorise } = await sharingStage();
  await propose();
  await accept();
  await assert.rejects(authorise(1), refusal('conflict'));
});

test('consents that do not permit are refused, and leave nothing behind', async () => {
  const { authorise, restate, stored } = await accepted();
  const before = await stored();
  const revoked = a.given([]);
  await restate(2, revoked);
  await assert.rejects(authorise(1, { state: revoked, salt: saltOf('head 2') }), refusal('forbidden'));
  const looking = a.given([a.consent(a.permit({ action: [a.concept(...access)] }))]);
  await restate(3, looking);
  await assert.rejects(authorise(1, { state: looking, salt: saltOf('head 3') }), refusal('forbidden'));
  assert.deepEqual(await stored(), before);
});
const access = ['http://terminology.hl7.org/CodeSystem/consentaction', 'access'] as const;

test('a question that the agreement is not about is refused', async () => {
  const { authorise } = await accepted();
  const { actor } = question();
  for (const wrong of [
    question({ patient: 'jill' }),
    question({ purpose: 'HPAYMT' }),
    question({ action: 'access' }),
    question({ actor: { ...actor, organization: 'harbour' } }),
    question({ actor: { ...actor, role: 'researcher' } }),
  ])
    await assert.rejects(authorise(1, { question: wrong }), refusal('forbidden'), JSON.stringify(wrong));
  await assert.rejects(authorise(1, { question: { patient: 'jack' } as never }), refusal('invalid'));
});

test('transient data that are missing or malformed are refused', async () => {
  const { submit, propose } = await sharingStage();
  const agreement = { agreement: hashOf('agreement') };
  const sharing = (fn: string, request: object, transient = {}) =>
    submit('west', { contract: 'sharing', fn, args: [{ ...agreement, ...request }], transient });
  const request = { policy: hashOf('p'), requester: 'lindenhof', custodian: 'northgate', terms: hashOf('t'), at: 0 };
  await assert.rejects(sharing('propose', request), refusal('invalid'));
  await assert.rejects(sharing('propose', request, { terms: '{}' }), refusal('invalid'));
  await assert.rejects(sharing('propose', request, { terms: '{}', termsSalt: 'short' }), refusal('invalid'));
  const salted = { terms: 'no JSON', termsSalt: saltOf('x') };
  const claimed = { ...request, terms: commitment(saltOf('x'), 'no JSON') };
  await assert.rejects(sharing('propose', claimed, salted), refusal('invalid'));
  await propose();
  await assert.rejects(submit('east', { contract: 'sharing', fn: 'transfer', args: [agreement.agreement, '0'] }));
});

test('nothing of the opened data reaches what is kept', async () => {
  const { authorise, stored } = await accepted();
  const kept = JSON.stringify([(await authorise(1)).result, await stored()]);
  for (const secret of ['jack', 'anna', 'TREAT', 'Observation', 'practitioner', String(terms.until)])
    assert.ok(!kept.includes(secret), secret);
});

test('the contract’s verdict is the consent service’s, whatever the consents and the question', async () => {
  const on = await registeredStage();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(arbitrary.scene, async ({ state, question: made, deployment }) => {
      const asked = question({
        actor: { ...question().actor, subject: made.actor.subject, careTeams: made.actor.careTeams },
        purpose: made.purpose === 'BTG' ? 'TREAT' : made.purpose,
      });
      const since = a.day('2026-02-28');
      const of = { ...terms, purpose: asked.purpose, from: since, until: since + 30 * 24 * hour, eraseAt: since * 2 };
      const { propose, accept, restate, authorise, clock } = await sharingStage(of, on, `agreement ${++runs}`);
      await propose();
      await accept();
      clock.time = Math.max(made.at, since) - 2;
      await restate(1, state, deployment);
      const at = clock.time + 1;
      const decision = decideTransfer(state, { ...asked, at }, deployment);
      const outcome = authorise(1, { state, question: asked, deployment });
      if (!decision.permit) return assert.rejects(outcome, refusal('forbidden'));
      const { verdict, time } = transferIn(await outcome);
      assert.deepEqual([verdict, time], [commitment(saltOf('verdict 1'), canonical(decision)), at]);
    }),
    { numRuns: a.numRuns },
  );
});

test('what a recipient may collect is decided like anything else, except that nobody needs leave for their own', () => {
  fc.assert(
    fc.property(arbitrary.scene, ({ state, question: made, deployment }) => {
      const asked = { ...made, action: collect };
      const strict = { ...deployment, authorReads: false };
      assert.deepEqual(decideTransfer(state, asked, deployment), decideTransfer(state, asked, strict));
      assert.ok(decideTransfer(state, asked, deployment).basis.every((each) => each !== 'rule:2'));
    }),
    { numRuns: a.numRuns },
  );
});

test('before the agreement permits, consents must: a standing one for the organisation does', () => {
  const decision = decideTransfer(permitted, question({ at: begin }), a.deployment);
  assert.deepEqual([decision.permit, decision.basis], [true, ['Consent/c1/_history/1']]);
});
