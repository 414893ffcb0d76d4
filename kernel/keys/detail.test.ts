import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailOpener, detailSealer, intakeKeyPair } from './detail.ts';

const plain = Buffer.from('who saw what');

test('audit opens what producers sealed; a session lasts an hour', () => {
  const audit = intakeKeyPair();
  const clock = { time: Date.UTC(2026, 0, 1, 10, 59), now: () => clock.time };
  const seal = detailSealer(audit.publicKey, clock);
  const open = detailOpener(audit.privateKey);
  const [one, two] = [seal('e1', plain), seal('e2', plain)];
  clock.time += 60_000;
  const three = seal('e3', plain);
  assert.deepEqual(one.wrappedKey, two.wrappedKey);
  assert.notDeepEqual(one.nonce, two.nonce);
  assert.notDeepEqual(one.wrappedKey, three.wrappedKey);
  for (const [id, detail] of [
    ['e3', three],
    ['e1', one],
    ['e2', two],
  ] as const)
    assert.deepEqual(open(id, detail), plain);
});

test('two producers never share a session key', () => {
  const audit = intakeKeyPair();
  const clock = { now: () => 0 };
  const one = detailSealer(audit.publicKey, clock)('e1', plain);
  const two = detailSealer(audit.publicKey, clock)('e1', plain);
  assert.notDeepEqual(one.wrappedKey, two.wrappedKey);
});

test('a detail of another event, for another key, or altered is refused', () => {
  const audit = intakeKeyPair();
  const sealed = detailSealer(audit.publicKey, { now: () => 0 })('e1', plain);
  const open = detailOpener(audit.privateKey);
  const refused = { code: 'invalid' };
  const flip = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, at) => (at === 5 ? byte ^ 1 : byte));
  assert.throws(() => open('e2', sealed), refused);
  assert.throws(() => detailOpener(intakeKeyPair().privateKey)('e1', sealed), refused);
  assert.throws(() => open('e1', { ...sealed, ciphertext: flip(sealed.ciphertext) }), refused);
  assert.throws(() => open('e1', { ...sealed, nonce: flip(sealed.nonce) }), refused);
  assert.throws(() => open('e1', { ...sealed, wrappedKey: flip(sealed.wrappedKey) }), refused);
  assert.throws(() => open('e1', { ...sealed, ciphertext: new Uint8Array(3) }), refused);
  assert.throws(
    () => open('e1', { wrappedKey: new Uint8Array(), nonce: new Uint8Array(), ciphertext: new Uint8Array() }),
    refused,
  );
  assert.deepEqual(open('e1', sealed), plain);
});

test('a kept private key gives the same pair', () => {
  const pair = intakeKeyPair();
  assert.deepEqual(intakeKeyPair(pair.privateKey), pair);
});
