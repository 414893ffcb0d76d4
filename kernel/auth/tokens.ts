import { hash } from 'node:crypto';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { lru } from '../keys/lru.ts';
import { type Actor, type Authenticate, type Role, roles } from './actor.ts';

interface Parts {
  issuer: string;
  audience: string;
  /** The issuer's public keys; asked again when a token names a key that is not among them. */
  jwks: () => Promise<JSONWebKeySet>;
  clock: Clock;
}

/** Verified tokens kept at most. */
const cached = 10_000;

/**
 * Verifies access tokens (RFC 9068 shape, ES256). A token that was verified once is known by its SHA-256 until it
 * expires: the signature costs more than the rest of a read.
 */
export function tokenVerifier(parts: Parts): Authenticate {
  const verified = lru<Actor>(cached);
  return async (token) => {
    const digest = hash('sha256', token, 'base64');
    const known = verified.get(digest);
    const actor = known ?? actorOf(await payloadOf(token, parts));
    if (actor.expires * 1000 <= parts.clock.now()) {
      verified.delete(digest);
      throw expired();
    }
    if (!known) verified.set(digest, actor);
    return actor;
  };
}

async function payloadOf(token: string, { issuer, audience, jwks, clock }: Parts): Promise<JWTPayload> {
  const options = { issuer, audience, algorithms: ['ES256'], currentDate: new Date(clock.now()) };
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(await jwks()), options);
    return payload;
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) throw expired(cause);
    if (cause instanceof errors.JOSEError) throw new Failure('login', 'The access token is not valid here.', { cause });
    throw cause;
  }
}

const expired = (cause?: unknown) => new Failure('expired', 'The access token has expired; get a new one.', { cause });

function actorOf(claims: JWTPayload): Actor {
  const { sub, role, org, purpose_of_use, patient, care_teams, scope, client_id, auth_time, exp } = claims;
  const known = roles.find((each) => each === role) as Role | undefined;
  if (!sub || !known || typeof exp !== 'number' || typeof purpose_of_use !== 'string') {
    throw new Failure('login', 'The access token lacks a claim: sub, role, purpose_of_use and exp are needed.');
  }
  return {
    subject: sub,
    role: known,
    purpose: purpose_of_use,
    ...(typeof org === 'string' && { organization: org }),
    ...(typeof patient === 'string' && { patient }),
    careTeams: Array.isArray(care_teams) ? care_teams.map(String) : [],
    scopes: typeof scope === 'string' ? scope.split(' ') : [],
    client: String(client_id ?? ''),
    authTime: typeof auth_time === 'number' ? auth_time : 0,
    expires: exp,
  };
}
