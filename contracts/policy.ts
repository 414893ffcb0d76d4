import { canonical } from './canonical.ts';
import { count, hash64, type Input, text } from './input.ts';
import { digest } from './opened.ts';
import type { ConsentState, Deployment } from './rules/state.ts';
import { ContractRefusal, type ContractState } from './state.ts';

/** The newest state of all of a patient's policies together; what `sharing` decides on must be what this commits to. */
export interface Head {
  /** Pseudonym of the patient. */
  policy: string;
  /** Of the patient's stream; grows, gaps are allowed. */
  version: number;
  /** Salted hash of `policyText`. */
  hash: string;
  /** `settingsHash` of the deployment that decides. */
  settings: string;
  /** The organisation that recorded it; it alone may record the next. */
  organization: string;
}

/** Grows whenever the same consents come to another `ConsentState`, as with a correction of their parser. */
const edition = 1;

/** What the head's hash commits to. */
export const policyText = (patient: string, { consents, declarations }: ConsentState): string =>
  canonical({ patient, consents, declarations });

/** What decides besides the consents; no secret. */
export const settingsHash = (deployment: Deployment): string => digest(canonical({ edition, ...deployment }));

/**
 * Puts a head in place of the one before. The same again is no change.
 * @returns the `Head` as it is kept, and whether it is a new one
 * @throws ContractRefusal `conflict` where its version is not newer, `forbidden` where another organisation records it
 */
export async function putHead(state: ContractState, input: Input): Promise<{ kept: string; changed: boolean }> {
  const head: Head = {
    policy: text(input, 'policy', hash64.pattern, hash64.what),
    version: count(input, 'version', 1),
    hash: text(input, 'hash', hash64.pattern, hash64.what),
    settings: text(input, 'settings', hash64.pattern, hash64.what),
    organization: state.caller,
  };
  const stored = await state.get(headKey(head.policy));
  const kept = JSON.stringify(head);
  if (stored === kept) return { kept, changed: false };
  if (stored !== undefined) mayFollow(JSON.parse(stored), head);
  await state.put(headKey(head.policy), kept);
  return { kept, changed: true };
}

function mayFollow(newest: Head, head: Head): void {
  if (newest.organization !== head.organization)
    throw new ContractRefusal('forbidden', 'Another organisation records this policy.');
  if (newest.version >= head.version)
    throw new ContractRefusal(
      'conflict',
      `The head is at version ${newest.version} already; the next must be greater.`,
    );
}

/** Where the consent contract keeps a `Head`; other contracts look there. */
export const headKey = (policy: string): string => `head/${policy}`;
