import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bitString, bytes, integer, oid, sequence, set, tagged, text, time, yes } from './der.ts';

/** A certificate and its private key; both PEM. */
export interface Issued {
  certificate: string;
  key: string;
}

interface Wanted {
  /** Common name: for people. */
  name: string;
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  /** Subject alternative names: URIs, host names and IPv4 addresses. */
  names: readonly string[];
  /** Whether it may sign others. */
  ca: boolean;
}

/** Who signs: a CA of this kind. */
export interface Signer {
  name: string;
  key: KeyObject;
}

/**
 * A certificate (X.509 v3, RFC 5280; ECDSA P-256) with a key of its own.
 * @param signer undefined: it signs itself
 */
export function issue(wanted: Wanted, signer?: Signer): Issued {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signed = sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    distinguished(signer?.name ?? wanted.name),
    sequence(time(wanted.from), time(wanted.to)),
    distinguished(wanted.name),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions(wanted))),
  );
  const signature = bitString(sign('sha256', signed, signer?.key ?? privateKey));
  const certificate = pem(sequence(signed, algorithm, signature));
  return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** A self-signed certificate for localhost and 127.0.0.1, valid from a day before `now` for ten years. */
export function selfSigned(now: number): Issued {
  const day = 86_400_000;
  const names = ['localhost', '127.0.0.1'];
  return issue({ name: 'healthchain engines', from: now - day, to: now + 3650 * day, names, ca: true });
}

const algorithm = sequence(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
const distinguished = (name: string) => sequence(set(sequence(oid('550403'), text(name)))); // commonName

function extensions({ names, ca }: Wanted): Buffer[] {
  const basicConstraints = sequence(oid('551d13'), yes, bytes(ca ? sequence(yes) : sequence()));
  const subjectAltName = sequence(oid('551d11'), bytes(sequence(...names.map(generalName))));
  // digitalSignature, and for a CA keyCertSign and cRLSign
  const keyUsage = sequence(
    oid('551d0f'),
    yes,
    bytes(ca ? bitString(Buffer.of(0x86), 1) : bitString(Buffer.of(0x80), 7)),
  );
  return [basicConstraints, keyUsage, ...(names.length > 0 ? [subjectAltName] : [])];
}

function generalName(name: string): Buffer {
  if (isIPv4(name)) return tagged(7, Buffer.from(name.split('.').map(Number)), 'primitive');
  return tagged(name.includes('://') ? 6 : 2, Buffer.from(name), 'primitive');
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
