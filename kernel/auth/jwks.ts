import type { JSONWebKeySet } from 'jose';
import { Failure } from '../errors.ts';

/**
 * The keys of a token issuer in another process, for `tokenVerifier`.
 * @param url its JWK set (RFC 7517)
 * @returns a function that fetches them; throws Failure `unavailable` where they cannot be had within five seconds
 */
export function fetchedJwks(url: string): () => Promise<JSONWebKeySet> {
  return async () => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return (await response.json()) as JSONWebKeySet;
    } catch (cause) {
      throw new Failure('unavailable', 'Tokens cannot be verified now: their issuer does not answer; retry.', {
        cause,
      });
    }
  };
}
