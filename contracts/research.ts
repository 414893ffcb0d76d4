import { refused, requireActingFor } from './agreement.ts';
import { canonical } from './canonical.ts';
import { argument, count, hash64, type Input, object, padded, text } from './input.ts';
import { identifier } from './registry.ts';
import type { ContractState } from './state.ts';

/** A release of research data: hashes and numbers only. Its people are in none of them. */
export interface Release {
  /** SHA-256 of its id. */
  release: string;
  /** The collusion domain, by the head that its registry has before any release. */
  domain: string;
  /** Within the domain, from 1. */
  number: number;
  /** Head of the domain's registry before and after it. */
  before: string;
  after: string;
  /** SHA-256 over the hashes of the package's files. */
  contents: string;
  /** When it was decided, milliseconds since the epoch. */
  at: number;
  /** The organisation that released it; it alone may release in this domain. */
  organization: string;
  transaction: string;
}

/** Whoever received the release is to delete it. */
export interface Recall {
  release: string;
  /** SHA-256 of the notice that recipients get. */
  notice: string;
  /** By when deletion is to be attested, milliseconds since the epoch. */
  deadline: number;
  at: number;
  transaction: string;
}

/** A recipient's word that nothing of the release is left with them. */
export interface Attestation {
  release: string;
  /** The recipient's organisation. */
  organization: string;
  /** SHA-256 of the signed statement. */
  attestation: string;
  at: number;
  transaction: string;
}

/**
 * Releases of research data, one after the other, recalls, and attestations of deletion. A release names the head that
 * the ledger has: none can be left out, put in between or told differently later. What was said before, said again, is
 * success and changes nothing; something else in its place is refused `conflict`.
 */
export class ResearchContract {
  readonly name = 'research';

  /**
   * The first release of a domain follows on the domain's own hash, each other on the one before it.
   * @param request `{ release, domain, before, after, contents, at }`
   * @returns the `Release` as it is kept
   */
  async release(state: ContractState, request: string): Promise<string> {
    const claim = releaseOf(object(request));
    const stored = await state.get(releaseKey(claim.release));
    if (stored !== undefined) return same(stored, claim, 'The release stands with other content.');
    const number = await numberOf(state, claim);
    const by = { organization: state.caller, transaction: state.id };
    const kept = JSON.stringify({ ...claim, number, ...by } satisfies Release);
    await state.put(releaseKey(claim.release), kept);
    await state.put(chainKey(claim.domain, number), kept);
    await state.put(headKey(claim.domain), kept);
    state.emit('released', kept);
    return kept;
  }

  /**
   * Once for a release, by whoever released it.
   * @param request `{ release, notice, deadline, at }`
   * @returns the `Recall` as it is kept
   */
  async recall(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const { release, organization } = await knownRelease(state, input);
    const notice = text(input, 'notice', hash64.pattern, hash64.what);
    const claim = { release, notice, deadline: count(input, 'deadline', 0), at: count(input, 'at', 0) };
    const stored = await state.get(recallKey(release));
    if (stored !== undefined) return same(stored, claim, 'The release is recalled with another notice.');
    if (organization !== state.caller) throw refused('forbidden', 'Another organisation released this.');
    const kept = JSON.stringify({ ...claim, transaction: state.id } satisfies Recall);
    await state.put(recallKey(release), kept);
    state.emit('recalled', kept);
    return kept;
  }

  /**
   * The recipient's organisation says so.
   * @param request `{ release, organization, attestation, at }`
   * @returns the `Attestation` as it is kept
   */
  async attest(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const { release } = await knownRelease(state, input);
    const organization = text(input, 'organization', identifier.pattern, identifier.what);
    const attestation = text(input, 'attestation', hash64.pattern, hash64.what);
    const claim = { release, organization, attestation, at: count(input, 'at', 0) };
    const stored = await state.get(attestationKey(release, attestation));
    if (stored !== undefined) return same(stored, claim, 'The attestation stands with other content.');
    await requireActingFor(state, organization);
    if ((await state.get(recallKey(release))) === undefined) throw refused('conflict', 'The release was not recalled.');
    const kept = JSON.stringify({ ...claim, transaction: state.id } satisfies Attestation);
    await state.put(attestationKey(release, attestation), kept);
    state.emit('attested', kept);
    return kept;
  }

  /** The newest `Release` of a domain. Refuses `not-found` where there is none. */
  async head(state: ContractState, domain: string): Promise<string> {
    const newest = await state.get(headKey(argument(domain, 'domain', hash64.pattern, hash64.what)));
    if (newest === undefined) throw refused('not-found', 'Nothing was released in this domain.');
    return newest;
  }

  /** All releases of a domain, the oldest first, as a JSON array. */
  async releases(state: ContractState, domain: string): Promise<string> {
    const of = argument(domain, 'domain', hash64.pattern, hash64.what);
    return `[${(await all(state, chainKey(of, 0), chainKey(of, Number.MAX_SAFE_INTEGER))).join(',')}]`;
  }

  /** `{ release, recall?, attestations }` of a `Release`. Refuses `not-found`. */
  async standing(state: ContractState, release: string): Promise<string> {
    const found = await knownRelease(state, { release });
    const recall = await state.get(recallKey(release));
    const attestations = await all(state, attestationKey(release, ''), attestationKey(release, '~'));
    return JSON.stringify({
      release: found,
      ...(recall !== undefined && { recall: JSON.parse(recall) as Recall }),
      attestations: attestations.map((each) => JSON.parse(each) as Attestation),
    });
  }
}

type Claim = Omit<Release, 'number' | 'organization' | 'transaction'>;

function releaseOf(input: Input): Claim {
  const hash = (name: string) => text(input, name, hash64.pattern, hash64.what);
  return {
    release: hash('release'),
    domain: hash('domain'),
    before: hash('before'),
    after: hash('after'),
    contents: hash('contents'),
    at: count(input, 'at', 0),
  };
}

/** The number that a release gets. Throws ContractRefusal where it does not follow on the newest of its domain. */
async function numberOf(state: ContractState, { domain, before }: Claim): Promise<number> {
  const stored = await state.get(headKey(domain));
  const newest: Release | undefined = stored === undefined ? undefined : JSON.parse(stored);
  if (newest && newest.organization !== state.caller)
    throw refused('forbidden', 'Another organisation releases in this domain.');
  const head = newest?.after ?? domain;
  if (before === head) return (newest?.number ?? 0) + 1;
  throw refused('conflict', `The release does not follow on release ${newest?.number ?? 0} of its domain.`);
}

/** The release that a request names. Throws ContractRefusal `not-found`. */
async function knownRelease(state: ContractState, input: Input): Promise<Release> {
  const stored = await state.get(releaseKey(text(input, 'release', hash64.pattern, hash64.what)));
  if (stored === undefined) throw refused('not-found', 'There is no such release.');
  return JSON.parse(stored);
}

/** What is kept, where it says what the claim says. */
function same(stored: string, claim: object, otherwise: string): string {
  const kept = JSON.parse(stored) as Record<string, unknown>;
  const said = Object.fromEntries(Object.keys(claim).map((name) => [name, kept[name]]));
  if (canonical(said) === canonical(claim)) return stored;
  throw refused('conflict', otherwise);
}

async function all(state: ContractState, from: string, to: string): Promise<string[]> {
  const found: string[] = [];
  for await (const [, kept] of state.range(from, to)) found.push(kept);
  return found;
}

const headKey = (domain: string) => `head/${domain}`;
const chainKey = (domain: string, number: number) => `chain/${domain}/${padded(number)}`;
const releaseKey = (release: string) => `release/${release}`;
const recallKey = (release: string) => `recall/${release}`;
const attestationKey = (release: string, attestation: string) => `attestation/${release}/${attestation}`;
