import { sha256 } from '@noble/hashes/sha2.js';
import { Failure } from '../errors.ts';
import { decodeBase64, encodeBase64, sameBytes } from './base64.ts';

/** Signs texts as C2SP signed notes (https://c2sp.org/signed-note). */
export interface NoteSigner {
  /** The verifier key: name, key id and public key on one line. */
  vkey: string;
  /** @param text ends with a newline. Resolves to the note: text, empty line, signature line. */
  sign(text: string): Promise<string>;
}

const ed25519 = 0x01;
/** What precedes the seed in an Ed25519 private key's PKCS #8 (RFC 8410 §7). */
const pkcs8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);
const encoder = new TextEncoder();

/**
 * @param name the key's name: no spaces, no plus sign
 * @param seed raw Ed25519 private key, 32 bytes
 */
export async function noteSigner(name: string, seed: Uint8Array): Promise<NoteSigner> {
  if (!nameLike.test(name)) throw new RangeError(`"${name}" is no name for a key`);
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('pkcs8', Uint8Array.of(...pkcs8, ...seed), 'Ed25519', true, ['sign']);
  const { x } = await subtle.exportKey('jwk', key);
  const publicKey = decodeBase64(`${x!.replaceAll('-', '+').replaceAll('_', '/')}=`)!;
  const id = keyId(name, publicKey);
  return {
    vkey: `${name}+${hex(id)}+${encodeBase64(Uint8Array.of(ed25519, ...publicKey))}`,
    async sign(text) {
      if (!isText(text)) throw new RangeError('a note is lines of text');
      const signature = new Uint8Array(await subtle.sign('Ed25519', key, encoder.encode(text)));
      return `${text}\n— ${name} ${encodeBase64(Uint8Array.of(...id, ...signature))}\n`;
    },
  };
}

/**
 * The text of a note that at least one of the keys signed. Signatures of other keys are ignored.
 * @throws Failure `structure` where it is no note, `invalid` where no known key signed it or a known key's signature
 *   does not match, `value` where a verifier key is malformed
 */
export async function openNote(note: string, vkeys: readonly string[]): Promise<string> {
  const keys = vkeys.map(parseVkey);
  const { text, signatures } = split(note);
  let signed = false;
  for (const { name, id, signature } of signatures) {
    for (const key of keys.filter((known) => known.name === name && sameBytes(known.id, id))) {
      if (!(await matches(key.publicKey, signature, text)))
        throw new Failure('invalid', 'The signature does not match.');
      signed = true;
    }
  }
  if (!signed) throw new Failure('invalid', 'None of the known keys signed this note.');
  return text;
}

/** The name in a verifier key: a log's origin, usually. Throws Failure `value` where the key is malformed. */
export const nameOf = (vkey: string): string => parseVkey(vkey).name;

function parseVkey(vkey: string) {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(vkey) ?? [];
  const key = encoded === undefined ? undefined : decodeBase64(encoded);
  const publicKey = key?.slice(1);
  if (!name || key?.[0] !== ed25519 || publicKey?.length !== 32 || hex(keyId(name, publicKey)) !== id)
    throw new Failure('value', 'The verifier key must be an Ed25519 key as name+id+key (C2SP signed-note).');
  return { name, id: keyId(name, publicKey), publicKey };
}

const mostSignatures = 100;

function split(note: string) {
  const end = note.lastIndexOf('\n\n');
  const [text, block] = [note.slice(0, end + 1), note.slice(end + 2)];
  const lines = block.split('\n').slice(0, -1);
  const formed = end > 0 && isText(text) && block.endsWith('\n') && lines.length <= mostSignatures;
  if (!formed) throw new Failure('structure', 'This is not a signed note.');
  return { text, signatures: lines.map(signatureLine) };
}

function signatureLine(line: string) {
  const [, name, encoded] = /^— ([^\s+]+) (\S+)$/u.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  if (!name || !bytes || bytes.length < 5) throw new Failure('structure', 'A signature line of the note is malformed.');
  return { name, id: bytes.slice(0, 4), signature: bytes.slice(4) };
}

async function matches(publicKey: Uint8Array, signature: Uint8Array, text: string): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  try {
    const key = await subtle.importKey('raw', Uint8Array.from(publicKey), 'Ed25519', false, ['verify']);
    return await subtle.verify('Ed25519', key, Uint8Array.from(signature), encoder.encode(text));
  } catch {
    return false; // not a point of the curve
  }
}

function keyId(name: string, publicKey: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(...encoder.encode(`${name}\n`), ed25519, ...publicKey)).slice(0, 4);
}

const nameLike = /^[^\s+]+$/u;
/** Lines of text, the last one ended too; no control characters but newlines. */
const isText = (text: string) =>
  text.endsWith('\n') && [...text].every((character) => character >= ' ' || character === '\n');
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
