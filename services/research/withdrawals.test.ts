import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { openNote } from '../../kernel/merkle/note.ts';
import { sweeping } from './app/sweeping.ts';
import { actorOf, day, releasedWorld, silent } from './testing/released.ts';

const five = ['p1', 'p2', 'p3', 'p4', 'p5'];
async function given(t: TestContext) {
  const world = await releasedWorld();
  t.after(world.close);
  return world;
}

test('given a release of five, when one withdraws, then no download begins and it is recalled', async (t) => {
  const { publish, consenting, withdrawals, status, state, shredded } = await given(t);
  await publish('r1', five);
  await withdrawals.stillConsenting('r1');
  assert.deepEqual(shredded, []);
  consenting.delete('p3');
  await assert.rejects(withdrawals.stillConsenting('r1'), { code: 'deleted' });
  assert.equal(await status('r1'), 'recalled');
  assert.deepEqual(shredded, ['r1']);
  const recalled = await state('r1');
  assert.ok(recalled.status === 'recalled');
  assert.equal(recalled.deadline - recalled.recalledAt, 14 * day);
  assert.ok(!JSON.stringify(recalled).includes('p3'));
});

test('consent that does not answer lets nothing be downloaded, and recalls nothing', async (t) => {
  const { publish, consent, withdrawals, status } = await given(t);
  await publish('r1', five);
  consent.down = true;
  await assert.rejects(withdrawals.stillConsenting('r1'), { code: 'unavailable' });
  assert.equal(await status('r1'), 'open');
  consent.down = false;
  await withdrawals.stillConsenting('r1');
});

test('an event that was lost is made up for by a sweep; told twice or in another order it is the same', async (t) => {
  const { publish, consenting, withdrawals, status, state } = await given(t);
  await publish('r1', five);
  await publish('r2', ['p4', 'p5', 'p6'], 's2');
  await publish('r3', ['p7', 'p8']);
  consenting.delete('p4');
  await withdrawals.sweep();
  assert.deepEqual(await Promise.all(['r1', 'r2', 'r3'].map(status)), ['recalled', 'recalled', 'open']);
  const first = await state('r1');
  await Promise.all([withdrawals.sweep(), withdrawals.sweep()]);
  assert.deepEqual(await state('r1'), first);
  consenting.add('p4'); // a new consent brings nothing back
  await withdrawals.sweep();
  assert.deepEqual(await state('r1'), first);
});

test('one release that cannot be looked at does not keep the others from being recalled', async (t) => {
  const { publish, consent, consenting, withdrawals, status } = await given(t);
  await publish('r1', five);
  await publish('r2', ['p8', 'p9']);
  consenting.clear();
  const { check } = consent;
  consent.check = (question) => {
    if (question.patients?.includes('p8')) throw new Error('a fault');
    return check(question);
  };
  await assert.rejects(withdrawals.sweep(), /a fault/);
  assert.deepEqual(await Promise.all(['r1', 'r2'].map(status)), ['recalled', 'open']);
});

test('many withdraw at once: each is counted once, and then it may be replaced', async (t) => {
  const { publish, consenting, withdrawals, recalls, state } = await given(t);
  const people = Array.from({ length: 120 }, (_, n) => `p${n}`);
  await publish('r1', people);
  await assert.rejects(recalls.requireReplaceable('s1', 'r1'), { code: 'business-rule' });
  consenting.delete('p0');
  consenting.delete('p1');
  await withdrawals.sweep();
  await assert.rejects(recalls.requireReplaceable('s1', 'r1'), /Too few people/);
  for (const patient of people) consenting.delete(patient);
  await Promise.all([withdrawals.sweep(), withdrawals.sweep()]);
  const recalled = await state('r1');
  assert.ok(recalled.status === 'recalled');
  assert.deepEqual([new Set(recalled.withdrawals).size, recalled.withdrawals.length], [120, 120]);
  await recalls.requireReplaceable('s1', 'r1');
  await assert.rejects(recalls.requireReplaceable('s2', 'r1'), { code: 'not-found' });
  await publish('r2', ['q1', 'q2', 'q3'], 's1', { replaces: 'r1' });
  await publish('r3', ['q1', 'q2', 'q3'], 's1', { replaces: 'r1' });
  await withdrawals.sweep();
  await withdrawals.sweep();
  const replaced = await state('r1');
  assert.ok(replaced.status === 'replaced' && ['r2', 'r3'].includes(replaced.replacement!));
  await assert.rejects(recalls.requireReplaceable('s1', 'r1'), { code: 'business-rule' });
});

test('with one withdrawal a replacement waits for the end of the quarter', async (t) => {
  const { publish, consenting, withdrawals, recalls, clock } = await given(t);
  await publish('r1', five);
  consenting.delete('p1');
  await withdrawals.sweep();
  clock.time += 90 * day;
  await assert.rejects(recalls.requireReplaceable('s1', 'r1'), { code: 'business-rule' });
  clock.time += day;
  await recalls.requireReplaceable('s1', 'r1');
});

test('recipients are told what to do, by when, and neither who withdrew nor how many', async (t) => {
  const { publish, download, consenting, withdrawals, recalls, signer } = await given(t);
  const [hale, reed, ward, gray] = [
    actorOf('hale'),
    actorOf('reed'),
    actorOf('ward', 'researcher', 'harbour'),
    actorOf('gray', 'privacy-officer', 'harbour'),
  ];
  await publish('r1', five);
  await download('r1');
  assert.deepEqual(await recalls.list(hale), []);
  await assert.rejects(recalls.notice(hale, 'r1'), { code: 'not-found' });
  consenting.delete('p1');
  consenting.delete('p2');
  await withdrawals.sweep();
  const note = await recalls.notice(reed, 'r1');
  const text = await openNote(note, [signer.vkey]);
  assert.match(text, /deadline 2026-01-29T/);
  assert.match(text, /Delete the data/);
  assert.doesNotMatch(text, /p1|p2|\b2\b/);
  await assert.rejects(recalls.notice(ward, 'r1'), { code: 'not-found' });
  assert.deepEqual(await recalls.list(ward), []);
  const [listed] = await recalls.list(gray);
  assert.deepEqual(
    listed!.recipients.map(({ recipient, downloadedAt }) => [recipient, downloadedAt !== undefined]),
    [
      ['hale', true],
      ['reed', false],
    ],
  );
  assert.ok(!JSON.stringify(listed).includes('withdraw'));
});

test('who is overdue is listed and told once; named recipients attest, once', async (t) => {
  const { publish, download, consenting, withdrawals, recalls, clock, signer, store, log } = await given(t);
  const [hale, gray] = [actorOf('hale'), actorOf('gray', 'privacy-officer', 'harbour')];
  await publish('r1', five);
  await download('r1');
  await assert.rejects(recalls.attest(hale, 'r1', 'All gone.'), { code: 'business-rule' });
  consenting.delete('p1');
  await withdrawals.sweep();
  clock.time += 14 * day + 1;
  await withdrawals.sweep();
  await withdrawals.sweep();
  const types: string[] = [];
  for (const commit of await store.readAll(0, 1000))
    for (const { event } of await log.open(commit)) types.push(event.type);
  assert.equal(types.filter((type) => type === 'DeletionOverdue').length, 1);
  const overdue = async () => (await recalls.list(gray))[0]!.recipients.map((each) => each.overdue);
  assert.deepEqual(await overdue(), [true, false]);
  await assert.rejects(recalls.attest(actorOf('eve'), 'r1', 'All gone.'), { code: 'forbidden' });
  await assert.rejects(recalls.attest(hale, 'r1', ' '), { code: 'required' });
  await assert.rejects(recalls.attest(hale, 'r1', 'bell \u0007'), { code: 'value' });
  const attested = await recalls.attest(hale, 'r1', 'Files shredded.\n\nBackups too.');
  assert.ok(attested.late);
  assert.match(await openNote(attested.note, [signer.vkey]), /recipient hale of northgate/);
  assert.deepEqual(await recalls.attest(hale, 'r1', 'Files shredded.\n\nBackups too.'), attested);
  await assert.rejects(recalls.attest(hale, 'r1', 'Otherwise.'), { code: 'conflict' });
  assert.deepEqual(await overdue(), [false, false]);
});

test('whatever happens: no download after a withdrawal, and each person is counted once', async () => {
  const happening = fc.oneof(
    fc.record({ what: fc.constantFrom('leave', 'return'), who: fc.constantFrom(...five) }),
    fc.constant({ what: 'sweep', who: '' }),
    fc.constant({ what: 'download', who: '' }),
  );
  const property = fc.asyncProperty(fc.array(happening, { maxLength: 25 }), async (happenings) => {
    const { publish, download, consenting, withdrawals, state, close } = await releasedWorld();
    await publish('r1', five);
    const seen = new Set<string>();
    const look = () => {
      if (seen.size < 3) for (const each of five) if (!consenting.has(each)) seen.add(each);
    };
    for (const { what, who } of happenings) {
      if (what === 'leave') consenting.delete(who);
      if (what === 'return') consenting.add(who);
      if (what === 'sweep') await withdrawals.sweep().then(look);
      if (what !== 'download') continue;
      const recalled = seen.size > 0;
      if (!recalled) look();
      const allowed = await withdrawals.stillConsenting('r1').then(
        () => true,
        () => false,
      );
      assert.equal(allowed, seen.size === 0);
      if (allowed) await download('r1');
      else await assert.rejects(download('r1'), { code: 'deleted' });
    }
    const now = await state('r1');
    assert.ok(now.status !== 'none');
    assert.deepEqual([now.withdrawals.length, new Set(now.withdrawals).size], [seen.size, seen.size]);
    await close();
  });
  await fc.assert(property, { numRuns: 25 });
});

test('erasure recalls what holds the patient, and then nothing leads to them any more', async (t) => {
  const { publish, withdrawals, subjects, status, projection, store, log } = await given(t);
  await publish('r1', five);
  await publish('r2', ['p5']);
  const before = await subjects.pseudonyms(['p1', 'p2']);
  await withdrawals.forget('p1');
  await withdrawals.forget('p1');
  await withdrawals.forget('nobody');
  assert.deepEqual(await Promise.all(['r1', 'r2'].map(status)), ['recalled', 'open']);
  assert.deepEqual((await subjects.of('r1')).sort(), ['p2', 'p3', 'p4', 'p5']);
  assert.equal(await subjects.read('p1'), undefined);
  const after = await subjects.pseudonyms(['p1', 'p2']);
  assert.deepEqual([...after], [['p2', before.get('p2')!]]);
  const of = { release: 'r3', study: 's1', organization: 'northgate' };
  await assert.rejects(subjects.hold(of, ['p1', 'p2']), { code: 'deleted' });
  await projection.rebuild();
  assert.deepEqual((await subjects.of('r1')).sort(), ['p2', 'p3', 'p4', 'p5']);
  for (const commit of await store.readAll(0, 1000))
    for (const { event, stream } of await log.open(commit))
      if (stream === 'subject/p1') assert.equal(event.type, 'SubjectForgotten');
  assert.equal(await status('r2'), 'open');
});

test('whoever is in a release that never left is erased all the same, and it never leaves', async (t) => {
  const { subjects, withdrawals, shredded, status } = await given(t);
  await subjects.hold({ release: 'r1', study: 's1', organization: 'northgate' }, five);
  await withdrawals.forget('p1');
  assert.equal(await subjects.read('p1'), undefined);
  assert.deepEqual([shredded, await status('r1')], [['r1'], 'none']);
});

test('whose key is gone before anybody asked has withdrawn too', async (t) => {
  const { publish, keyring, consenting, withdrawals, state } = await given(t);
  await publish('r1', five);
  await keyring.destroy('p1');
  consenting.delete('p1');
  await assert.rejects(withdrawals.stillConsenting('r1'), { code: 'deleted' });
  await withdrawals.sweep();
  const recalled = await state('r1');
  assert.ok(recalled.status === 'recalled' && recalled.withdrawals.length === 1);
});

test('whom consent has erased has withdrawn', async (t) => {
  const { publish, erased, withdrawals, status } = await given(t);
  await publish('r1', five);
  erased.add('p2');
  await withdrawals.sweep();
  assert.equal(await status('r1'), 'recalled');
});

test('sweeps: at the start, when woken, again after a failure; one that is woken meanwhile is followed', async () => {
  let sweeps = 0;
  let release = (): void => {};
  const reached = async (count: number) => {
    while (sweeps < count) await new Promise((resolve) => setImmediate(resolve));
  };
  const held = () => new Promise<void>((resolve) => (release = resolve));
  let failing = 2;
  const sweep = sweeping({
    ...{ logger: silent, intervalMs: 3600_000, retryMs: 1 },
    async sweep() {
      sweeps += 1;
      if (failing-- > 0) throw new Error('down');
      await held();
    },
  });
  sweep.start();
  await reached(3);
  sweep.wake();
  release();
  await reached(4);
  release();
  sweep.wake();
  await reached(5);
  release();
  await sweep.stop();
  assert.equal(sweeps, 5);
});
