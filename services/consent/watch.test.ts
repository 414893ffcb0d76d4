import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Failure } from '../../kernel/errors.ts';
import type { CallOptions } from '../../kernel/rpc/port.ts';
import { BreakGlass_Verdict as Verdict } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { consentWorld, minute, question, start } from './testing/world.ts';

const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;
const { patients: _, ...reader } = question('p-1', 'chen', 'lindenhof');
const facts = { type: 'Observation', id: 'o', authorOrganization: 'northgate' };
const asked = { ...reader, patient: 'p-1', resources: [facts] };
const allow = { grantee: { organization: 'lindenhof' } };
const emergency = {
  ...{ patient: 'p-1', reasonText: 'found unconscious' },
  reason: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' },
};

/** Asks again only when it must: an hour is longer than any test. */
async function scene(t: TestContext, env: Record<string, string> = { WATCH_RECHECK_MS: '3600000' }) {
  const world = await consentWorld(t, { env });
  const open = (request: object = {}, options: CallOptions = {}) => {
    const gone = new AbortController();
    t.after(() => gone.abort());
    const answers = world.consent.watch({ ...asked, ...request }, { signal: gone.signal, ...options });
    const each = answers[Symbol.asyncIterator]();
    return {
      leave: () => gone.abort(),
      /** What the next decision says of the resource; undefined at the end. */
      next: async () => (await each.next()).value?.decision,
      reads: async () => (await each.next()).value?.decision?.permits[0],
    };
  };
  return { ...world, open, ada: world.logIn('ada', 'patient', { patient: 'p-1' }) };
}

test('the first message is the decision as it is; each change of it follows, and nothing else', async (t) => {
  const { open, outside, ada } = await scene(t);
  const { reads, next } = open();
  assert.equal(await reads(), false);
  const { consent: id, streamVersion } = await outside.grant(allow, ada);
  const permitted = await next();
  assert.deepEqual([permitted!.permits, permitted!.version], [[true], streamVersion]);

  await outside.grant({ grantee: { organization: 'harbour' } }, ada); // changes nothing for lindenhof
  await outside.revoke({ consent: id }, ada);
  assert.equal(await reads(), false);
});

test('when a period ends, the watch says so by the clock alone', async (t) => {
  const { open, outside, ada, clock } = await scene(t);
  const soon = { seconds: BigInt(start / 1000), nanos: 40_000_000 };
  await outside.grant({ ...allow, until: soon }, ada);
  const { reads } = open();
  assert.equal(await reads(), true);
  const closes = reads();
  clock.time += 40;
  assert.equal(await closes, false);
});

test('break-glass opens it, and closes it when it ends, runs out, or is suspended', async (t) => {
  const { open, outside, ada, logIn, clock } = await scene(t);
  const chen = logIn('chen', 'practitioner', { organization: 'lindenhof' });
  const gray = logIn('gray', 'privacy-officer', { organization: 'lindenhof' });
  const { next, reads } = open();
  assert.equal(await reads(), false);
  const { id } = await outside.declareBreakGlass(emergency, chen);
  assert.equal((await next())!.breakGlass, id);
  await outside.endBreakGlass({ id }, chen);
  assert.equal(await reads(), false);

  await outside.declareBreakGlass(emergency, chen);
  assert.equal(await reads(), true);
  const other = await outside.declareBreakGlass({ ...emergency, patient: 'p-2' }, chen);
  await outside.reviewBreakGlass({ id: other.id, verdict: Verdict.UNJUSTIFIED, text: 'curiosity' }, gray);
  assert.equal(await reads(), false);
  await outside.liftSuspension({ clinician: 'chen', reason: 'trained anew' }, gray);
  assert.equal(await reads(), true);

  clock.time += 240 * minute - 20;
  await outside.grant({ grantee: { organization: 'harbour' } }, ada); // so that it looks at the clock
  const closes = reads();
  clock.time += 20;
  assert.equal(await closes, false);
});

test('what another service decides is asked for again now and then: a mandate that ends', async (t) => {
  const { open, mandates } = await scene(t, { WATCH_RECHECK_MS: '10' });
  mandates.push({ subject: 'bob', patient: 'p-1' });
  const { reads } = open({ actor: { subject: 'bob', role: 'patient', patient: 'p-2' } });
  assert.equal(await reads(), true);
  mandates.length = 0;
  assert.equal(await reads(), false);
});

test('what another process appended is told too, and watching again begins at the newest', async (t) => {
  const { open, disk } = await scene(t);
  const other = await consentWorld(t, { disk });
  const ada = other.logIn('ada', 'patient', { patient: 'p-1' });
  const first = open();
  assert.equal(await first.reads(), false);
  const { consent: id } = await other.outside.grant(allow, ada);
  assert.equal(await first.reads(), true);
  first.leave();
  await first.next();
  await other.outside.revoke({ consent: id }, ada); // while nobody watches
  const again = open();
  assert.equal(await again.reads(), false);
  await other.outside.grant(allow, ada);
  assert.equal(await again.reads(), true);
});

test('whoever is slow gets the newest decision, not the past', async (t) => {
  const { open, outside, ada } = await scene(t);
  const { reads, next } = open();
  assert.equal(await reads(), false);
  for (let n = 0; n < 3; n++) {
    const { consent: id } = await outside.grant(allow, ada);
    await outside.revoke({ consent: id }, ada);
  }
  const { streamVersion } = await outside.grant(allow, ada);
  const newest = await next();
  assert.deepEqual([newest!.permits, newest!.version], [[true], streamVersion]);
});

test('who has a token watches for themselves, as long as it lasts; whoever leaves is forgotten', async (t) => {
  const { open, outside, logIn, clock, consent } = await scene(t);
  const chen = logIn('chen', 'practitioner', { organization: 'lindenhof', expires: clock.time / 1000 + 0.03 });
  const watching = (request: object, options?: CallOptions) => outside.watch(request, options)[Symbol.asyncIterator]();
  await assert.rejects(watching(asked).next(), refused('login'));
  await assert.rejects(watching({ ...asked, actor: { subject: 'evans' } }, chen).next(), refused('forbidden'));
  await assert.rejects(
    consent
      .watch({ ...asked, patient: '' })
      [Symbol.asyncIterator]()
      .next(),
    refused('required'),
  );
  const mine = watching(asked, chen);
  assert.equal((await mine.next()).value!.decision!.permits[0], false);
  clock.time += 30;
  await assert.rejects(mine.next(), refused('expired'));

  const { leave, reads } = open();
  await reads();
  const over = reads();
  leave();
  assert.equal(await over, undefined);
});

test('where the answer fails or the service stops, the watch ends with the reason', async (t) => {
  const { open, outside, ada, disk, service } = await scene(t);
  const { reads } = open();
  await reads();
  const other = open();
  await other.reads();
  service.drain!();
  await assert.rejects(other.reads(), refused('unavailable'));
  await assert.rejects(reads(), refused('unavailable'));
  const late = open();
  disk.store.version = () => Promise.reject(new Failure('unavailable', 'the store is down'));
  await assert.rejects(late.reads(), refused('unavailable'));
  await assert.rejects(outside.grant(allow, ada), refused('unavailable'));
});
