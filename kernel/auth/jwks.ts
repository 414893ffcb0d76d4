import type { JSONWebKeySet } from 'jose';
import { Failure } from '../errors.ts';

/**
 * The keys of a token issuer in another process, for `tokenVerifier`.
 * @param urls of its JWK set (RFC 7517), one for each replica; whoever answers first is believed
 * @returns a function that fetches them; throws Failure `unavailable` where nobody answers within five seconds
 */
export function fetchedJwks(urls: readonly string[]): () => Promise<JSONWebKeySet> {
  return async () => {
    try {
      return await Promise.any(urls.map(fetched));
    } catch (cause) {
      throw new Failure('unavailable', 'Tokens cannot be verified now: their issuer does not answer; retry.', {
        cause,
      });
    }
  };
}

async function fetched(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as JSONWebKeySet;
}
