import { createHmac } from 'node:crypto';

/** What stands on the ledger in place of a patient and what is theirs, and the salts of what it keeps hashes of. */
export interface Pseudonyms {
  /** 64 hex digits. */
  of(name: string): string;
  /** 32 bytes. */
  salt(name: string): Buffer;
}

/**
 * Keyed hashes (HMAC-SHA-256) under the secret that stands first in the patient's stream: after the patient's key is
 * destroyed nobody can make any of them again, or open what they hide.
 */
export function pseudonymsOf(secret: Uint8Array): Pseudonyms {
  const keyed = (text: string) => createHmac('sha256', secret).update(text);
  return { of: (name) => keyed(name).digest('hex'), salt: (name) => keyed(`salt/${name}`).digest() };
}

/** Of the patient themself: what all of their policies come to is kept under it. */
export const patientPseudonym = (pseudonyms: Pseudonyms): string => pseudonyms.of('patient');
