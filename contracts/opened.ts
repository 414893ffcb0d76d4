import { saltedHash } from '../kernel/merkle/hash.ts';
import { type Input, object } from './input.ts';
import { ContractRefusal, type ContractState } from './state.ts';

const encoder = new TextEncoder();

/** `SHA-256(salt ‖ text)` as 64 lower-case hex digits: what the ledger keeps in place of a text. */
export function commitment(salt: Uint8Array, text: string | Uint8Array): string {
  const bytes = typeof text === 'string' ? encoder.encode(text) : text;
  return [...saltedHash(salt, bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The same of a text that is no secret. */
export const digest = (text: string): string => commitment(new Uint8Array(), text);

/**
 * The JSON object that came as transient data `name`, with its salt as `<name>Salt`, where it is what `hash` commits to.
 * @param otherwise what to say where it is not
 * @throws ContractRefusal `invalid` where it is missing, `conflict` where it is another
 */
export function opened(state: ContractState, name: string, hash: string, otherwise: string): Input {
  if (commitment(saltOf(state, name), bytesOf(state, name)) !== hash) throw new ContractRefusal('conflict', otherwise);
  return unhashed(state, name);
}

/** The JSON object that came as transient data `name`. */
export function unhashed(state: ContractState, name: string): Input {
  return object(new TextDecoder().decode(bytesOf(state, name)));
}

/** A salt that came as transient data `<name>Salt`. Throws ContractRefusal `invalid` unless it has 32 bytes. */
export function saltOf(state: ContractState, name: string): Uint8Array {
  const salt = bytesOf(state, `${name}Salt`);
  if (salt.length !== 32) throw new ContractRefusal('invalid', `${name}Salt must have 32 bytes.`);
  return salt;
}

function bytesOf(state: ContractState, name: string): Uint8Array {
  const bytes = state.transient(name);
  if (bytes === undefined) throw new ContractRefusal('invalid', `The transient data lack ${name}.`);
  return bytes;
}
