import { createCipheriv, createDecipheriv, createHmac, diffieHellman, type KeyObject } from 'node:crypto';
import { tagLength } from './aead.ts';
import { publicKey, rawPublicKey } from './raw.ts';

// RFC 9180, base mode, one message: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001.
// The AEAD is a parameter because the RFC's own test vectors are for AES-128-GCM.
export const aes128 = { id: 1, cipher: 'aes-128-gcm', keyLength: 16 } as const;
export const aes256 = { id: 2, cipher: 'aes-256-gcm', keyLength: 32 } as const;
type Aead = typeof aes128 | typeof aes256;

/** Length of the encapsulated key that `sealTo` puts before the ciphertext. */
export const encapsulatedLength = 32;

export interface Message {
  aead: Aead;
  /** Says what the message is for: both sides must give the same. */
  info: string;
  aad: Uint8Array;
}

/**
 * SealBase of RFC 9180 §6.1.
 * @param recipient raw X25519 public key
 * @param ephemeral X25519 private key, fresh for every message
 * @returns encapsulated key (32) ‖ ciphertext ‖ tag (16)
 */
export function sealTo(recipient: Uint8Array, ephemeral: KeyObject, plain: Uint8Array, message: Message): Uint8Array {
  const enc = rawPublicKey(ephemeral);
  const dh = diffieHellman({ privateKey: ephemeral, publicKey: publicKey('x25519', recipient) });
  const { key, nonce } = schedule(dh, enc, recipient, message);
  const cipher = createCipheriv(message.aead.cipher, key, nonce).setAAD(message.aad);
  return Buffer.concat([enc, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/**
 * OpenBase of RFC 9180 §6.1.
 * @throws Error where recipient, info, associated data or a bit of the bytes differ
 */
export function openFrom(recipient: KeyObject, sealed: Uint8Array, message: Message): Uint8Array {
  const end = sealed.length - tagLength;
  if (end < encapsulatedLength) throw new Error('sealed bytes are too short');
  const enc = sealed.subarray(0, encapsulatedLength);
  const dh = diffieHellman({ privateKey: recipient, publicKey: publicKey('x25519', enc) });
  const { key, nonce } = schedule(dh, enc, rawPublicKey(recipient), message);
  const decipher = createDecipheriv(message.aead.cipher, key, nonce, { authTagLength: tagLength })
    .setAAD(message.aad)
    .setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(encapsulatedLength, end)), decipher.final()]);
}

/** ExtractAndExpand (§4.1), then KeySchedule (§5.1) in base mode: no pre-shared key, sequence number 0. */
function schedule(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array, { aead, info }: Message) {
  const kem = labels(bytes('KEM', 0x00, 0x20));
  const prk = kem.extract(bytes(), 'eae_prk', dh);
  const shared = kem.expand(prk, 'shared_secret', Buffer.concat([enc, recipient]), 32);
  const suite = labels(bytes('HPKE', 0x00, 0x20, 0x00, 0x01, 0x00, aead.id));
  const mode = bytes(0x00);
  const pskId = suite.extract(bytes(), 'psk_id_hash', bytes());
  const context = Buffer.concat([mode, pskId, suite.extract(bytes(), 'info_hash', bytes(info))]);
  const secret = suite.extract(shared, 'secret', bytes());
  return {
    key: suite.expand(secret, 'key', context, aead.keyLength),
    nonce: suite.expand(secret, 'base_nonce', context, 12),
  };
}

/** LabeledExtract and LabeledExpand (§4) over HKDF-SHA-256 (RFC 5869); at most 32 bytes, so one round. */
function labels(suite: Uint8Array) {
  const version = bytes('HPKE-v1');
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]) =>
    createHmac('sha256', key).update(Buffer.concat(parts)).digest();
  return {
    extract: (salt: Uint8Array, label: string, input: Uint8Array) => hmac(salt, version, suite, bytes(label), input),
    expand: (key: Uint8Array, label: string, info: Uint8Array, length: number) =>
      hmac(key, bytes(0, length), version, suite, bytes(label), info, bytes(1)).subarray(0, length),
  };
}

function bytes(...parts: (string | number)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))));
}
