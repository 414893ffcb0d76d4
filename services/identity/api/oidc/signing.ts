import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { KeyService } from '../../../../kernel/keys/port.ts';

/** Private ES256 keys (P-256), the signing one first; and keys for signing cookies, likewise. */
export interface ProviderKeys {
  jwks: JWK[];
  cookies: string[];
}

/**
 * The provider's keys from the key service: those of this generation, which sign, and those of the one before, which
 * still verify. To rotate, raise the generation and restart; to forget a leaked key, raise it twice.
 */
export async function providerKeys(keys: KeyService, generation: number): Promise<ProviderKeys> {
  const generations = generation > 1 ? [generation, generation - 1] : [generation];
  return {
    jwks: await Promise.all(generations.map((each) => signingKey(keys, each))),
    cookies: await Promise.all(generations.map((each) => cookieKey(keys, each))),
  };
}

/** The public halves, as served at `/auth/jwks`. */
export function publicKeys({ jwks }: ProviderKeys): JWK[] {
  return jwks.map(({ d: _, ...half }) => half);
}

async function signingKey(keys: KeyService, generation: number): Promise<JWK> {
  const stored = await keys.secret(`identity/oidc-signing/${generation}`, () => Buffer.from(JSON.stringify(newKey())));
  const key: JWK = JSON.parse(Buffer.from(stored).toString());
  return { ...key, kid: await calculateJwkThumbprint(key), use: 'sig', alg: 'ES256' };
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

async function cookieKey(keys: KeyService, generation: number): Promise<string> {
  const stored = await keys.secret(`identity/oidc-cookies/${generation}`, () => randomBytes(32));
  return Buffer.from(stored).toString('base64url');
}
