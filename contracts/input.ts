import { ContractRefusal } from './state.ts';

/** A JSON object given to a contract function; nothing is known of its members yet. */
export type Input = Readonly<Record<string, unknown>>;

const refuse = (message: string): never => {
  throw new ContractRefusal('invalid', message);
};

/** @throws ContractRefusal `invalid` unless `text` is one JSON object */
export function object(text: string | undefined): Input {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return refuse('The argument must be JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('The argument must be a JSON object.');
  return value as Input;
}

/** A member that is an object itself. */
export function member(input: Input, name: string): Input {
  const value = input[name];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${name} must be an object.`);
  return value as Input;
}

/** A whole number from `least` on that JSON carries exactly. */
export function count(input: Input, name: string, least: number): number {
  const value = input[name];
  if (!Number.isSafeInteger(value) || (value as number) < least) refuse(`${name} must be a whole number ≥ ${least}.`);
  return value as number;
}

/** A string that matches `pattern` as a whole; `what` says what it should be. */
export function text(input: Input, name: string, pattern: RegExp, what: string): string {
  return matching(input[name], name, pattern, what);
}

/** An array of such strings, at most `most`. */
export function texts(input: Input, name: string, pattern: RegExp, what: string, most: number): string[] {
  const value = input[name];
  if (!Array.isArray(value) || value.length > most) return refuse(`${name} must be an array of at most ${most}.`);
  return value.map((item) => matching(item, name, pattern, what));
}

/** An argument that is one plain string. */
export function argument(value: string | undefined, name: string, pattern: RegExp, what: string): string {
  return matching(value, name, pattern, what);
}

function matching(value: unknown, name: string, pattern: RegExp, what: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) return refuse(`${name} must be ${what}.`);
  return value;
}

export const hash64 = { pattern: /^[0-9a-f]{64}$/, what: '64 lower-case hex digits' };
/** 32 bytes in base64, canonical: the two spare bits of the last digit are zero (RFC 4648 §3.5). */
export const bytes32 = {
  pattern: /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/,
  what: '32 bytes in canonical base64',
};

/** The bytes of a string that matched `bytes32`. */
export function decode32(base64: string): Uint8Array {
  const binary = atob(base64);
  const bytes = new Uint8Array(32);
  for (let at = 0; at < 32; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

export const encode32 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** A number as a key part: sorts as text in the order of the numbers. */
export const padded = (value: number): string => String(value).padStart(16, '0');
