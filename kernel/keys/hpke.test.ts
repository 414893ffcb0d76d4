import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { aes128, aes256, type Message, openFrom, sealTo } from './hpke.ts';
import { privateKey, rawPublicKey } from './raw.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

test('RFC 9180 appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, first message', () => {
  const message: Message = { aead: aes128, info: 'Ode on a Grecian Urn', aad: Buffer.from('Count-0') };
  const recipient = privateKey('x25519', hex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8'));
  const ephemeral = privateKey('x25519', hex('52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736'));
  const plain = Buffer.from('Beauty is truth, truth beauty');
  const sealed = sealTo(rawPublicKey(recipient), ephemeral, plain, message);
  assert.equal(
    Buffer.from(sealed).toString('hex'),
    '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431' +
      'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
  );
  assert.deepEqual(openFrom(recipient, sealed, message), plain);
});

test('AES-256-GCM: opens for its recipient, info and associated data only', () => {
  const message: Message = { aead: aes256, info: 'for this', aad: Buffer.from('a') };
  const { privateKey: recipient } = generateKeyPairSync('x25519');
  const { privateKey: other } = generateKeyPairSync('x25519');
  const sealed = sealTo(rawPublicKey(recipient), generateKeyPairSync('x25519').privateKey, Buffer.from('x'), message);
  assert.equal(openFrom(recipient, sealed, message).toString(), 'x');
  assert.throws(() => openFrom(other, sealed, message));
  assert.throws(() => openFrom(recipient, sealed, { ...message, info: 'for that' }));
  assert.throws(() => openFrom(recipient, sealed, { ...message, aad: Buffer.from('b') }));
  assert.throws(() => openFrom(recipient, sealed, { ...message, aead: aes128 }));
  assert.throws(() => openFrom(recipient, sealed.subarray(0, 40), message));
  for (let at = 0; at < sealed.length; at++) {
    // The top bit of an X25519 coordinate is ignored in the exchange (RFC 7748 §5), not in the key schedule.
    const altered = Uint8Array.from(sealed, (byte, n) => (n === at ? byte ^ 0x80 : byte));
    assert.throws(() => openFrom(recipient, altered, message), `byte ${at}`);
  }
});
