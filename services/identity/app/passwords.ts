import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import type { Ids } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { PasswordHash } from '../domain/person.ts';

/** OWASP Password Storage Cheat Sheet, scrypt: 32 MiB and three passes; about 0.35 s on one of our cores. */
const strong = { N: 2 ** 15, r: 8, p: 3 };
/** For accounts whose password everybody may know: 40 of them cost a start 0.05 s. */
const cheap = { N: 2 ** 10, r: 8, p: 1 };
/** Hashes under way or waiting at most; each that runs takes 32 MiB, and the thread pool runs a handful. */
const mostWaiting = 64;

export interface Passwords {
  /** Hashes a new password. Throws Failure `required` or `value` where it is no good one. */
  hash(password: string, options: { demo: boolean }): Promise<PasswordHash>;
  /**
   * Compares in constant time. Where there is no hash (nobody has this login) it works as long as for a wrong password,
   * and is false. Throws Failure `throttled` where too many wait already.
   */
  verify(password: string, stored: PasswordHash | undefined): Promise<boolean>;
}

/** scrypt (RFC 7914) in the thread pool; parameters travel with each hash, so that they can be raised later. */
export function passwords(ids: Ids): Passwords {
  let waiting = 0;
  const nobody: PasswordHash = { ...strong, salt: encode(ids.bytes(16)), hash: encode(ids.bytes(32)) };

  async function derive(password: string, salt: Uint8Array, { N, r, p }: typeof strong): Promise<Buffer> {
    waiting += 1;
    try {
      return await scryptHash(password.normalize('NFKC'), salt, { N, r, p, maxmem: 256 * N * r });
    } finally {
      waiting -= 1;
    }
  }

  return {
    async hash(password, { demo }) {
      check(password);
      const parameters = demo ? cheap : strong;
      const salt = ids.bytes(16);
      return { ...parameters, salt: encode(salt), hash: encode(await derive(password, salt, parameters)) };
    },
    async verify(password, stored = nobody) {
      if (waiting >= mostWaiting) throw new Failure('throttled', 'Too many logins at once; try again in a moment.');
      const derived = await derive(password.slice(0, longest), decode(stored.salt), stored);
      return timingSafeEqual(derived, decode(stored.hash)) && stored !== nobody;
    },
  };
}

const shortest = 12;
const longest = 256;

function check(password: string): void {
  const expression = ['password'];
  if (!password) throw new Failure('required', 'Give a password.', { expression });
  if (password.length >= shortest && password.length <= longest) return;
  throw new Failure('value', `A password has ${shortest} to ${longest} characters.`, { expression });
}

function scryptHash(password: string, salt: Uint8Array, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, options, (error, derived) => (error ? reject(error) : resolve(derived)));
  });
}

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const decode = (text: string) => Buffer.from(text, 'base64');
