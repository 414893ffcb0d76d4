import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

// Keys are KeyObjects: Node needs 30 µs to make a cipher from raw key bytes, 4 µs from a KeyObject.
export const nonceLength = 12;
export const tagLength = 16;

/**
 * AES-256-GCM (NIST SP 800-38D) under a random nonce; good for 2^32 messages per key (§8.3).
 * @param key secret key of 32 bytes
 * @param aad bound to the ciphertext, not part of it
 * @returns nonce (12) ‖ ciphertext ‖ tag (16)
 */
export function seal(key: KeyObject, plain: Uint8Array, aad: string): Uint8Array {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad));
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/**
 * Opens what `seal` made.
 * @throws Error where key, associated data or a single bit of the bytes differ
 */
export function open(key: KeyObject, sealed: Uint8Array, aad: string): Uint8Array {
  const end = sealed.length - tagLength;
  if (end < nonceLength) throw new Error('sealed bytes are too short');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceLength), { authTagLength: tagLength })
    .setAAD(Buffer.from(aad))
    .setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(nonceLength, end));
  decipher.final();
  return plain;
}
