import { argument, count, hash64, type Input, member, object, padded, text } from './input.ts';
import { headKey, putHead } from './policy.ts';
import { ContractRefusal, type ContractState } from './state.ts';

export const policyStates = [
  'granted',
  'amended',
  'revoked',
  'break-glass-started',
  'break-glass-stopped',
  'break-glass-reviewed',
] as const;
export type PolicyState = (typeof policyStates)[number];

/** One version of a policy: pseudonyms and salted hashes only. */
export interface PolicyVersion {
  /** Derived from a key of the patient that erasure destroys. */
  policy: string;
  /** Grows with each version; gaps are allowed. */
  version: number;
  state: PolicyState;
  /** Salted SHA-256 of the statement. */
  hash: string;
  /** When it was decided, milliseconds since the epoch. */
  at: number;
  /** The organisation that recorded it; it alone may record the next. */
  organization: string;
  transaction: string;
}

const stateNames = new RegExp(`^(${policyStates.join('|')})$`);

/** What was granted, changed and revoked, and when, without saying by whom or about whom. */
export class ConsentContract {
  readonly name = 'consent';

  /**
   * Records a version of a policy. A version once recorded again with the same content is success; another content,
   * or a version that is not greater than the newest, is refused `conflict`.
   * @param request `{ policy, version, state, hash, at, head? }`; `head` is what all policies of the patient come to with
   *   this version, `{ policy, version, hash, settings }`
   * @returns the `PolicyVersion` as it is kept
   */
  async record(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const claim = policyVersion(input, state.caller);
    const key = versionKey(claim.policy, claim.version);
    const stored = await state.get(key);
    if (stored !== undefined) return sameVersion(stored, claim);
    await mayFollow(state, claim);
    if (input.head !== undefined) await putHead(state, member(input, 'head'));
    const kept = JSON.stringify({ ...claim, transaction: state.id } satisfies PolicyVersion);
    await state.put(key, kept);
    await state.put(newestKey(claim.policy), kept);
    state.emit('recorded', kept);
    return kept;
  }

  /**
   * Records what all policies of a patient come to, where the same consents have come to mean something else: the
   * settings that decide changed. The same again is success.
   * @param request `{ policy, version, hash, settings }`
   * @returns the `Head` as it is kept
   */
  async restate(state: ContractState, request: string): Promise<string> {
    const { kept, changed } = await putHead(state, object(request));
    if (changed) state.emit('restated', kept);
    return kept;
  }

  /** The `Head` of a patient's pseudonym. Refuses `not-found` where there is none. */
  async head(state: ContractState, policy: string): Promise<string> {
    const head = await state.get(headKey(pseudonym(policy)));
    if (head === undefined) throw new ContractRefusal('not-found', 'There is no such policy.');
    return head;
  }

  /** The newest `PolicyVersion`. Refuses `not-found` where there is none. */
  async policy(state: ContractState, policy: string): Promise<string> {
    const newest = await state.get(newestKey(pseudonym(policy)));
    if (newest === undefined) throw new ContractRefusal('not-found', 'There is no such policy.');
    return newest;
  }

  /** All versions, oldest first, as a JSON array; empty where there is none. */
  async history(state: ContractState, policy: string): Promise<string> {
    const of = pseudonym(policy);
    const versions: string[] = [];
    for await (const [, kept] of state.range(versionKey(of, 0), versionKey(of, Number.MAX_SAFE_INTEGER)))
      versions.push(kept);
    return `[${versions.join(',')}]`;
  }
}

type Claim = Omit<PolicyVersion, 'transaction'>;

function policyVersion(input: Input, organization: string): Claim {
  return {
    policy: text(input, 'policy', hash64.pattern, hash64.what),
    version: count(input, 'version', 1),
    state: text(input, 'state', stateNames, `one of ${policyStates.join(', ')}`) as PolicyState,
    hash: text(input, 'hash', hash64.pattern, hash64.what),
    at: count(input, 'at', 0),
    organization,
  };
}

function sameVersion(stored: string, claim: Claim): string {
  const { transaction: _, ...kept }: PolicyVersion = JSON.parse(stored);
  if (JSON.stringify(kept) === JSON.stringify(claim)) return stored;
  throw new ContractRefusal('conflict', `Version ${claim.version} is recorded with other content.`);
}

async function mayFollow(state: ContractState, claim: Claim): Promise<void> {
  const stored = await state.get(newestKey(claim.policy));
  if (stored === undefined) return;
  const newest: PolicyVersion = JSON.parse(stored);
  if (newest.organization !== claim.organization)
    throw new ContractRefusal('forbidden', 'Another organisation records this policy.');
  if (newest.version >= claim.version)
    throw new ContractRefusal('conflict', `Version ${newest.version} is recorded already; the next must be greater.`);
}

const pseudonym = (policy: string) => argument(policy, 'policy', hash64.pattern, hash64.what);
const newestKey = (policy: string) => `newest/${policy}`;
const versionKey = (policy: string, version: number) => `version/${policy}/${padded(version)}`;
