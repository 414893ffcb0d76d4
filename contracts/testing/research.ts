import { digest } from '../opened.ts';

export const hashOf = digest;

/** Requests for the first `count` releases of a domain, each on the head of the one before. */
export function releasesOf(domain: string, count: number) {
  const head = (number: number) => hashOf(number === 0 ? domain : `${domain} head ${number}`);
  return Array.from({ length: count }, (_, before) => ({
    release: hashOf(`${domain} ${before + 1}`),
    domain: hashOf(domain),
    before: head(before),
    after: head(before + 1),
    contents: hashOf(`${domain} contents ${before + 1}`),
    at: 1_000 + before,
  }));
}

export const recallOf = (release: string) => ({ release, notice: hashOf('notice'), deadline: 3_000, at: 2_000 });

export const statementOf = (release: string, organization: string) => ({
  ...{ release, organization, at: 2_500 },
  attestation: hashOf(`${organization} has deleted it`),
});
