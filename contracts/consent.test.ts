import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConsentContract } from './consent.ts';
import { refusal, stage } from './testing.ts';

const policy = 'a'.repeat(64);
const hash = (n: number) => n.toString(16).padStart(64, '0');
const version = (n: number, state = 'granted') => ({ policy, version: n, state, hash: hash(n), at: n });
const consent = () => stage(new ConsentContract());

test('versions of a policy are kept, and the newest is the policy', async () => {
  const { call } = consent();
  await call('west', 'record', version(1));
  const { result, events } = await call('west', 'record', version(4, 'revoked'));
  assert.deepEqual(events, ['recorded']);
  assert.deepEqual((await call('east', 'policy', policy)).result, result);
  const { result: history } = await call('east', 'history', policy);
  assert.deepEqual(
    (history as { state: string }[]).map(({ state }) => state),
    ['granted', 'revoked'],
  );
});

test('the same version again is success and changes nothing, also when newer ones followed', async () => {
  const { call } = consent();
  const first = await call('west', 'record', version(1));
  await call('west', 'record', version(2, 'amended'));
  const again = await call('west', 'record', version(1));
  assert.deepEqual(again, { result: first.result, writes: [], events: [] });
});

test('another content under a version, and a version that is not greater, are refused', async () => {
  const { call } = consent();
  await call('west', 'record', version(3));
  await assert.rejects(call('west', 'record', { ...version(3), hash: hash(9) }), refusal('conflict'));
  await assert.rejects(call('west', 'record', version(2)), refusal('conflict'));
});

test('only the organisation that began a policy continues it', async () => {
  const { call } = consent();
  await call('west', 'record', version(1));
  await assert.rejects(call('east', 'record', version(2)), refusal('forbidden'));
  await assert.rejects(call('east', 'record', version(1)), refusal('conflict'));
});

test('an unknown policy has no history', async () => {
  const { call } = consent();
  await assert.rejects(call('west', 'policy', policy), refusal('not-found'));
  assert.deepEqual((await call('west', 'history', policy)).result, []);
});

test('anything but pseudonyms, hashes, numbers and known states is refused', async () => {
  const { call } = consent();
  for (const wrong of [
    'no JSON',
    '[]',
    'null',
    {},
    { ...version(1), policy: 'Jane Doe' },
    { ...version(1), policy: `${policy}\n` },
    { ...version(1), hash: 'A'.repeat(64) },
    { ...version(1), version: 0 },
    { ...version(1), version: 1.5 },
    { ...version(1), version: '1' },
    { ...version(1), state: 'granted revoked' },
    { ...version(1), at: -1 },
  ])
    await assert.rejects(call('west', 'record', wrong), refusal('invalid'), JSON.stringify(wrong));
  await assert.rejects(call('west', 'policy'), refusal('invalid'));
  await assert.rejects(call('west', 'nothing'), refusal('not-found'));
  await assert.rejects(call('west', 'constructor'), refusal('not-found'));
});

test('no member of a request but those it names reaches the ledger', async () => {
  const { call } = consent();
  const { result } = await call('west', 'record', { ...version(1), name: 'Jane Doe', organization: 'east' });
  assert.ok(!JSON.stringify(result).includes('Jane'));
  assert.equal((result as { organization: string }).organization, 'west');
});

test('whatever order versions come in, those kept grow and no kept one changes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 }), async (versions) => {
      const { call } = consent();
      let newest = 0;
      for (const n of versions) {
        const outcome = await call('west', 'record', version(n)).catch(() => undefined);
        if (n > newest) assert.equal(outcome?.events.length, 1);
        newest = Math.max(newest, n);
      }
      const { result } = await call('west', 'history', policy);
      const kept = (result as { version: number }[]).map(({ version: n }) => n);
      assert.deepEqual(
        kept,
        kept.toSorted((a, b) => a - b),
      );
      assert.equal(kept.at(-1) ?? 0, newest);
    }),
  );
});

const head = (n: number, change: object = {}) => {
  return { policy: 'b'.repeat(64), version: n, hash: hash(n), settings: 'c'.repeat(64), ...change };
};

test('a version brings along what all policies of the patient come to', async () => {
  const { call } = consent();
  const { writes } = await call('west', 'record', { ...version(1), head: head(2) });
  assert.equal(writes.length, 3);
  const other = { ...version(1), policy: 'd'.repeat(64), head: head(3) };
  await call('west', 'record', other);
  assert.deepEqual((await call('east', 'head', 'b'.repeat(64))).result, { ...head(3), organization: 'west' });
  assert.deepEqual((await call('west', 'record', { ...version(1), head: head(2) })).writes, []);
  await assert.rejects(call('east', 'head', policy), refusal('not-found'));
});

test('a head that is not newer, of another organisation or malformed takes its version down with it', async () => {
  const { call } = consent();
  await call('west', 'record', { ...version(1), head: head(5) });
  for (const [caller, code, wrong] of [
    ['west', 'conflict', head(4)],
    ['west', 'conflict', head(5, { hash: hash(9) })],
    ['west', 'invalid', { ...head(6), policy: 'Jane Doe' }],
    ['west', 'invalid', 'Jane Doe'],
    ['east', 'forbidden', head(6)],
  ] as const) {
    const claim = { ...version(2), policy: 'd'.repeat(64), head: wrong };
    await assert.rejects(call(caller, 'record', claim), refusal(code));
    assert.deepEqual((await call('west', 'history', 'd'.repeat(64))).result, []);
  }
});

test('a head is restated under other settings; the same again changes nothing', async () => {
  const { call } = consent();
  await call('west', 'record', { ...version(1), head: head(1) });
  const restated = head(2, { settings: 'e'.repeat(64) });
  assert.deepEqual((await call('west', 'restate', restated)).events, ['restated']);
  const { writes, events } = await call('west', 'restate', restated);
  assert.deepEqual([writes, events], [[], []]);
});
