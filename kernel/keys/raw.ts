import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

// Node takes these curves as DER only: the fixed prefixes of RFC 8410 §4 and §7 before the raw 32 bytes.
const spki = { x25519: '302a300506032b656e032100', ed25519: '302a300506032b6570032100' };
const pkcs8 = { x25519: '302e020100300506032b656e04220420', ed25519: '302e020100300506032b657004220420' };
export type Curve = keyof typeof spki;

/** A public key from its raw 32 bytes (RFC 7748 §5, RFC 8032 §5.1.5). */
export const publicKey = (curve: Curve, raw: Uint8Array): KeyObject =>
  createPublicKey({ key: der(spki[curve], raw), format: 'der', type: 'spki' });

/** A private key from its raw 32 bytes: the X25519 scalar before clamping, the Ed25519 seed. */
export const privateKey = (curve: Curve, raw: Uint8Array): KeyObject =>
  createPrivateKey({ key: der(pkcs8[curve], raw), format: 'der', type: 'pkcs8' });

/** The raw 32 bytes of the public key, of a private key or a public one. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const public_ = key.type === 'private' ? createPublicKey(key) : key;
  return new Uint8Array(public_.export({ format: 'der', type: 'spki' }).subarray(-32));
}

function der(prefix: string, raw: Uint8Array): Buffer {
  if (raw.length !== 32) throw new RangeError(`a raw key has 32 bytes, not ${raw.length}`);
  return Buffer.concat([Buffer.from(prefix, 'hex'), raw]);
}
