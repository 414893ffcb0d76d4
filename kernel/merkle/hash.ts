import { sha256 } from '@noble/hashes/sha2.js';

/** Length of a hash in bytes. */
export const hashLength = 32;

/** RFC 6962 §2.1: `SHA-256(0x00 ‖ entry)`. */
export function leafHash(entry: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + entry.length);
  bytes.set(entry, 1);
  return sha256(bytes);
}

/** RFC 6962 §2.1: `SHA-256(0x01 ‖ left ‖ right)`. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * hashLength);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + hashLength);
  return sha256(bytes);
}

/** What commits to content without showing it: `SHA-256(salt ‖ content)`. */
export function saltedHash(salt: Uint8Array, content: Uint8Array): Uint8Array {
  return sha256.create().update(salt).update(content).digest();
}

/** RFC 6962 §2.1: the root of the tree without leaves, `SHA-256()`. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array());
}
