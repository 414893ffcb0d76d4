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
export const randomIds: Ids = { uuid: randomUUID, bytes: (length) => randomBytes(length) };
