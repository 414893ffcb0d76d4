import { randomBytes, randomUUID } from 'node:crypto';

/** Time, ids and randomness are arguments: tests inject fixed ones. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}
export interface Ids {
  /** A fresh random UUID, lower case. */
  uuid(): string;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}

export const systemClock: Clock = { now: Date.now };
/**
 * A UUID that begins with its time (RFC 9562, version 7) and ends as `uuid`: indexes of such ids grow at one end, where
 * random ones cost each insert a page of its own.
 */
export function timedUuid(uuid: string, at: number): string {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${uuid.slice(15)}`;
}

export const randomIds: Ids = { uuid: randomUUID, bytes: (length) => randomBytes(length) };
