import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { BreakGlass_Verdict as Verdict } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { consentWorld, minute, start } from './testing/world.ts';

const day = 24 * 60 * minute;
const emergency = {
  ...{ patient: 'p-1', reasonText: 'found unconscious' },
  reason: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' },
};

async function scene(t: TestContext, env: Record<string, string> = {}) {
  const world = await consentWorld(t, { env });
  const { rest, logIn, disk } = world;
  const ada = () => logIn('ada', 'patient', { patient: 'p-1' });
  const gray = () => logIn('gray', 'privacy-officer', { organization: 'harbour' });
  return {
    ...world,
    ...{ ada, gray, evans: () => logIn('evans', 'practitioner', { organization: 'harbour' }) },
    async call(by: { token: string }, method: 'GET' | 'POST', url: string) {
      const answer = await rest.inject({ method, url, headers: { authorization: `Bearer ${by.token}` } });
      return { status: answer.statusCode, body: answer.json() };
    },
    async told(by: { token: string }, query = '') {
      const { body } = await this.call(by, 'GET', `/consent/notifications${query}`);
      return body.notifications;
    },
    /** How often it was recorded that somebody looked at emergencies. */
    async looks() {
      const commits = await disk.store.readAll(0, 1000);
      return commits.flatMap(({ events }) => events).filter(({ type }) => type === 'BreakGlassRead').length;
    },
  };
}

/** Resolves when the condition holds. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(2);
  }
}

test('declared, patient and privacy officer know it at once; the officer’s look is recorded', async (t) => {
  const world = await scene(t);
  const { outside, call, ada, gray, evans, logIn, mandates, looks } = world;
  const { id } = await outside.declareBreakGlass(emergency, evans());
  await outside.declareBreakGlass(emergency, evans()); // the same grant: nobody is told twice
  const [mine, ...more] = await world.told(ada());
  assert.deepEqual([mine.kind, mine.break_glass, mine.patient, more.length], ['break-glass-declared', id, 'p-1', 0]);
  assert.match(
    mine.text,
    /clinician Dr. Evans of harbour .* see your records until 2026-01-15T16:00.*found unconscious/,
  );
  assert.equal(await looks(), 0);
  const [theirs] = await world.told(gray());
  assert.match(theirs.text, /see a patient's records/);
  assert.equal(await looks(), 1);

  const holt = logIn('holt', 'privacy-officer', { organization: 'northgate' });
  assert.deepEqual(await world.told(holt), []);
  assert.equal((await call(evans(), 'GET', '/consent/notifications')).status, 400);
  const bob = logIn('bob', 'patient', { patient: 'p-2' });
  assert.equal((await call(bob, 'GET', '/consent/notifications?patient=p-1')).status, 403);
  mandates.push({ subject: 'bob', patient: 'p-1' });
  assert.equal((await world.told(bob, '?patient=p-1')).length, 1);

  assert.equal((await call(holt, 'POST', `/consent/notifications/${theirs.id}/read`)).status, 404);
  assert.equal((await call(gray(), 'POST', `/consent/notifications/${mine.id}/read`)).status, 404);
  const read = await call(gray(), 'POST', `/consent/notifications/${theirs.id}/read`);
  assert.deepEqual([read.body.read_by, read.body.read_at], ['gray', new Date(start).toISOString()]);
  assert.deepEqual(await call(gray(), 'POST', `/consent/notifications/${theirs.id}/read`), read);
  assert.deepEqual(
    [await world.told(gray(), '?unread=true'), (await world.told(ada(), '?unread=true')).length],
    [[], 1],
  );
});

test('a verdict is told to the patient; listing the queue is recorded as an access to each patient in it', async (t) => {
  const world = await scene(t);
  const { outside, gray, evans, ada, looks, clock } = world;
  const { id } = await outside.declareBreakGlass(emergency, evans());
  await outside.declareBreakGlass({ ...emergency, patient: 'p-2' }, evans());
  await outside.listBreakGlass({ unreviewed: true }, gray());
  assert.equal(await looks(), 2);
  clock.time += minute;
  await outside.reviewBreakGlass({ id, verdict: Verdict.UNJUSTIFIED, text: 'curiosity' }, gray());
  const [newest] = await world.told(ada());
  assert.match(newest.text, /harbour found the emergency access to your records unjustified: curiosity/);
});

test('before a period ends its patient is reminded, once; what was revoked is not', async (t) => {
  const world = await scene(t, { BREAK_GLASS_SWEEP_MS: '2' });
  const { outside, clock, ada } = world;
  const grant = async (organization: string, days: number) => {
    const end = { seconds: BigInt((start + days * day) / 1000), nanos: 0 };
    return (await outside.grant({ grantee: { organization }, until: end }, ada())).consent;
  };
  const [long, short, gone] = [await grant('lindenhof', 40), await grant('harbour', 4), await grant('northgate', 5)];
  await outside.grant({ grantee: { organization: 'org-1' } }, ada());
  await outside.revoke({ consent: gone }, ada());
  const reminded = async (count: number) =>
    until(async () => {
      const found = await world.told(ada());
      return found.length >= count ? found.map(({ consent }: { consent: string }) => consent) : undefined;
    });
  clock.time = start + 3 * day - 1;
  assert.deepEqual(await world.told(ada()), []);
  clock.time += 1;
  assert.deepEqual(await reminded(1), [short]);
  clock.time = start + 33 * day;
  assert.deepEqual(await reminded(2), [long, short]);
  await outside.revoke({ consent: long }, ada());
  clock.time = start + 50 * day;
  const end = { seconds: BigInt((start + 90 * day) / 1000), nanos: 0 };
  const last = await outside.grant({ grantee: { organization: 'org-2' }, until: end }, ada());
  clock.time = start + 83 * day;
  assert.deepEqual(await reminded(3), [last.consent, long, short]);
});

test('a report counts the emergencies of an organisation and of each clinician, and names no patient', async (t) => {
  const { outside, call, gray, evans, ada, logIn, clock } = await scene(t);
  const { id } = await outside.declareBreakGlass(emergency, evans());
  clock.time += 60 * minute;
  await outside.reviewBreakGlass({ id, verdict: Verdict.UNJUSTIFIED, text: 'curiosity' }, gray());
  const fox = logIn('fox', 'practitioner', { organization: 'harbour' });
  await outside.declareBreakGlass({ ...emergency, patient: 'p-2' }, fox);
  const { body } = await call(gray(), 'GET', '/consent/break-glass/report');
  const [{ clinicians, ...harbour }] = body.organizations;
  assert.deepEqual(harbour, {
    ...{ organization: 'harbour', declared: 2, running: 1, unreviewed: 1, justified: 0, unjustified: 1 },
    ...{ median_hours_to_review: 1, suspended: ['evans'] },
  });
  assert.deepEqual(
    clinicians.map(({ clinician }: { clinician: string }) => clinician),
    ['evans', 'fox'],
  );
  assert.doesNotMatch(JSON.stringify(body), /p-[12]/);
  const root = logIn('root', 'administrator');
  const all = await call(root, 'GET', '/consent/break-glass/report?from=2026-01-16');
  assert.deepEqual(
    all.body.organizations.map(({ organization, declared }: Record<string, unknown>) => [organization, declared]),
    [
      ['northgate', 0],
      ['lindenhof', 0],
      ['harbour', 0],
    ],
  );
  for (const by of [ada(), fox]) assert.equal((await call(by, 'GET', '/consent/break-glass/report')).status, 403);
});
