import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { nonceLength, tagLength } from './aead.ts';
import { aes256, type Message, openFrom, sealTo } from './hpke.ts';
import { lru } from './lru.ts';
import { privateKey, rawPublicKey } from './raw.ts';

/** Field for field the `SealedDetail` of proto/healthchain/event/v1/event.proto. */
export interface SealedDetailInit {
  /** HPKE encapsulated key (32) ‖ wrapped session key (32) ‖ tag (16). The same for all details of one session. */
  wrappedKey: Uint8Array;
  nonce: Uint8Array;
  /** With the 16-byte tag at its end. */
  ciphertext: Uint8Array;
}
export type DetailSealer = (eventId: string, plain: Uint8Array) => SealedDetailInit;
export type DetailOpener = (eventId: string, sealed: SealedDetailInit) => Uint8Array;

const hour = 3_600_000;
/** Sessions an opener remembers: five services a day, for a month, and some to spare. */
const sessions = 4_096;
const wrapping: Message = { aead: aes256, info: 'healthchain audit detail session key v1', aad: new Uint8Array() };

/**
 * Seals details of public events for the audit service alone: a random session key, a new one each hour, wrapped with
 * HPKE (RFC 9180; X25519 of RFC 7748, HKDF-SHA-256 of RFC 5869, AES-256-GCM); each detail AES-256-GCM under it with the
 * event id as associated data. The producer cannot open what it sealed once the session is over.
 * @param auditPublicKey raw X25519 public key
 */
export function detailSealer(auditPublicKey: Uint8Array, clock: Clock): DetailSealer {
  let session: (Session & { hour: number }) | undefined;
  return (eventId, plain) => {
    const now = Math.floor(clock.now() / hour);
    if (session?.hour !== now) session = { hour: now, ...newSession(auditPublicKey) };
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv('aes-256-gcm', session.key, nonce).setAAD(Buffer.from(eventId));
    const ciphertext = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { wrappedKey: session.wrappedKey, nonce, ciphertext };
  };
}

/**
 * Opens sealed details; unwrapped session keys are kept, a bounded number of them.
 * @param rawPrivateKey the audit service's raw X25519 private key
 * @returns an opener that throws Failure `invalid` for a detail that is not for this key, not of this event, or altered
 */
export function detailOpener(rawPrivateKey: Uint8Array): DetailOpener {
  const recipient = privateKey('x25519', rawPrivateKey);
  const known = lru<KeyObject>(sessions);

  function sessionKey(wrappedKey: Uint8Array): KeyObject {
    const name = Buffer.from(wrappedKey).toString('latin1');
    const key = known.get(name) ?? createSecretKey(openFrom(recipient, wrappedKey, wrapping));
    known.set(name, key);
    return key;
  }

  return (eventId, { wrappedKey, nonce, ciphertext }) => {
    try {
      const end = ciphertext.length - tagLength;
      const decipher = createDecipheriv('aes-256-gcm', sessionKey(wrappedKey), nonce, { authTagLength: tagLength })
        .setAAD(Buffer.from(eventId))
        .setAuthTag(ciphertext.subarray(end));
      return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]);
    } catch (cause) {
      throw new Failure('invalid', 'The sealed detail of this event cannot be opened.', { cause });
    }
  };
}

/** The raw X25519 key pair that details are sealed to; a new one where no private key is given. */
export function intakeKeyPair(rawPrivateKey: Uint8Array = randomBytes(32)) {
  return { privateKey: rawPrivateKey, publicKey: rawPublicKey(privateKey('x25519', rawPrivateKey)) };
}

interface Session {
  key: KeyObject;
  wrappedKey: Uint8Array;
}

function newSession(auditPublicKey: Uint8Array): Session {
  const key = randomBytes(32);
  const ephemeral = generateKeyPairSync('x25519').privateKey;
  return { key: createSecretKey(key), wrappedKey: sealTo(auditPublicKey, ephemeral, key, wrapping) };
}
