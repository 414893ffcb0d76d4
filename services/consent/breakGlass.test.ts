import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Failure } from '../../kernel/errors.ts';
import { BreakGlass_Verdict as Verdict } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { type ConsentWorld, consentWorld, minute, question } from './testing/world.ts';

const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;
const reason = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' };
const emergency = { patient: 'p-1', reason, reasonText: 'found unconscious' };
const facts = { type: 'Condition', id: 'x', authorOrganization: 'northgate' };

async function scene(t: TestContext) {
  const world = await consentWorld(t);
  const { logIn } = world;
  return {
    ...world,
    evans: logIn('evans', 'practitioner', { organization: 'harbour' }),
    gray: logIn('gray', 'privacy-officer', { organization: 'harbour' }),
    ada: logIn('ada', 'patient', { patient: 'p-1' }),
  };
}

/** Whether a clinician of harbour may now read what northgate wrote, and under which declaration. */
async function reads({ consent }: Pick<ConsentWorld, 'consent'>, patient = 'p-1', subject = 'evans') {
  const asked = { ...question(patient, subject, 'harbour'), decideEach: true, resources: [facts] };
  const { permits, breakGlass } = (await consent.check(asked)).decisions[0]!;
  return permits[0] ? breakGlass || true : false;
}

test('declared, it opens one patient to one clinician, for its time, and says so in each decision', async (t) => {
  const world = await scene(t);
  const { outside, clock, evans } = world;
  assert.equal(await reads(world), false);
  const declared = await outside.declareBreakGlass({ ...emergency, minutes: 30 }, evans);
  assert.equal(await reads(world), declared.id);
  assert.equal(await reads(world, 'p-2'), false);
  assert.equal(await reads(world, 'p-1', 'fox'), false);
  assert.deepEqual(await outside.declareBreakGlass(emergency, evans), declared);
  clock.time += 30 * minute - 1;
  assert.equal(await reads(world), declared.id);
  clock.time += 1;
  assert.equal(await reads(world), false);
});

test('it needs a fresh login, a clinician, a reason, and has a longest time', async (t) => {
  const { outside, clock, evans, gray, ada } = await scene(t);
  const declare = (token: { token: string }, change: object = {}) =>
    outside.declareBreakGlass({ ...emergency, ...change }, token);
  await assert.rejects(declare(gray), refused('forbidden'));
  await assert.rejects(declare(ada), refused('forbidden'));
  await assert.rejects(declare(evans, { reasonText: '' }), refused('required'));
  await assert.rejects(declare(evans, { reason: undefined }), refused('required'));
  await assert.rejects(declare(evans, { minutes: 721 }), refused('value'));
  await assert.rejects(declare(evans, { patient: 'organization/harbour' }), refused('value'));
  clock.time += 5 * minute + 1;
  await assert.rejects(declare(evans), refused('login'));
});

test('ended by the clinician, it is over for the next decision', async (t) => {
  const world = await scene(t);
  const { outside, clock, evans, logIn } = world;
  const { id } = await outside.declareBreakGlass(emergency, evans);
  const fox = logIn('fox', 'practitioner', { organization: 'harbour' });
  await assert.rejects(outside.endBreakGlass({ id }, fox), refused('forbidden'));
  clock.time += minute;
  assert.ok((await outside.endBreakGlass({ id }, evans)).endedAt);
  assert.equal(await reads(world), false);
  await assert.rejects(outside.endBreakGlass({ id: 'nothing' }, evans), refused('not-found'));
});

test('it stays in the queue of its organisation until it is reviewed', async (t) => {
  const { outside, evans, gray, ada, logIn } = await scene(t);
  const { id } = await outside.declareBreakGlass(emergency, evans);
  const listed = async (token: { token: string }, asked: object = {}) =>
    (await outside.listBreakGlass(asked, token)).declarations.map((each) => each.id);
  const elsewhere = logIn('holt', 'privacy-officer', { organization: 'northgate' });
  const fox = logIn('fox', 'practitioner', { organization: 'harbour' });
  assert.deepEqual(await listed(gray, { unreviewed: true }), [id]);
  assert.deepEqual(
    [await listed(ada), await listed(evans), await listed(fox), await listed(elsewhere)],
    [[id], [id], [], []],
  );
  assert.deepEqual(await listed(elsewhere, { patient: 'p-1' }), []);
  await assert.rejects(listed(logIn('hale', 'researcher')), refused('forbidden'));

  const reviewed = await outside.reviewBreakGlass({ id, verdict: Verdict.JUSTIFIED, text: 'life at risk' }, gray);
  assert.equal(reviewed.review!.reviewer, 'gray');
  assert.deepEqual([await listed(gray, { unreviewed: true }), await listed(gray)], [[], [id]]);
  await assert.rejects(outside.reviewBreakGlass({ id, text: 'x' }, gray), refused('required'));
});

test('an unjustified verdict closes all break-glass of the clinician at once, until it is lifted', async (t) => {
  const world = await scene(t);
  const { outside, evans, gray } = world;
  const { id } = await outside.declareBreakGlass(emergency, evans);
  const other = await outside.declareBreakGlass({ ...emergency, patient: 'p-2' }, evans);
  await outside.reviewBreakGlass({ id, verdict: Verdict.UNJUSTIFIED, text: 'curiosity' }, gray);
  assert.deepEqual([await reads(world), await reads(world, 'p-2')], [false, false]);
  await assert.rejects(outside.declareBreakGlass({ ...emergency, patient: 'p-3' }, evans), refused('forbidden'));
  await assert.rejects(outside.liftSuspension({ clinician: 'evans', reason: 'me' }, evans), refused('forbidden'));

  await outside.liftSuspension({ clinician: 'evans', reason: 'trained anew' }, gray);
  assert.deepEqual([await reads(world), await reads(world, 'p-2')], [false, other.id]);
  assert.notEqual((await outside.declareBreakGlass(emergency, evans)).id, id);
});
