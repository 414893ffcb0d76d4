import { appendLeaves, rootOf } from '../kernel/merkle/frontier.ts';
import { leafHash } from '../kernel/merkle/hash.ts';
import { argument, bytes32, count, decode32, encode32, object, padded, texts } from './input.ts';
import { ContractRefusal, type ContractState } from './state.ts';

/** What the ledger keeps of a batch; the entries stay in the transaction. Roots in base64. */
export interface Batch {
  batch: number;
  /** Index of the first entry: the size of the tree before. */
  start: number;
  /** Size of the tree after. */
  size: number;
  oldRoot: string;
  newRoot: string;
  /** The transaction that anchored it, and its time. */
  transaction: string;
  time: number;
}

/** The newest batch that is linked to all before it; batch 0, size 0 and the empty tree's root where there is none. */
export type Head = Pick<Batch, 'batch' | 'size'> & { root: string };

const mostEntries = 5_000;
const mostLinks = 1_000;

/**
 * The anchors of an organisation's audit log (RFC 6962). Every endorser recomputes each batch, so that an endorsement
 * is a witness's signature. Keys are the calling organisation's own: nobody can occupy another's batch numbers.
 */
export class AuditContract {
  readonly name = 'audit';

  /**
   * Anchors batch `batch` (from 1): checks that `frontier` gives `oldRoot` at size `start`, and `frontier` with
   * `entries` gives `newRoot` at `size`. Reads and writes this batch's key only, so that several may be in flight;
   * whether batches join is `link`'s to check. The same batch again is success, and changes nothing.
   * @param request `{ batch, start, entries, frontier, oldRoot, newRoot, size }`: entries are 32-byte commitments, at
   *   most 5,000; frontier the roots of the perfect subtrees of the tree of size `start`, largest first; all in base64
   * @returns the `Batch` as it is kept
   */
  async anchor(state: ContractState, request: string): Promise<string> {
    const { entries, frontier, ...claim } = anchorRequest(request);
    check(rootOf(frontier, claim.start), claim.oldRoot, 'The frontier does not give oldRoot.');
    const { root } = appendLeaves(frontier, claim.start, entries.map(leafHash));
    check(root, claim.newRoot, 'The frontier and the entries do not give newRoot.');

    const key = batchKey(state.caller, claim.batch);
    const stored = await state.get(key);
    if (stored !== undefined) return sameBatch(stored, claim);
    const batch: Batch = { ...claim, transaction: state.id, time: state.time };
    const kept = JSON.stringify(batch);
    await state.put(key, kept);
    state.emit('anchored', kept);
    return kept;
  }

  /**
   * Links the batches up to `upTo` to those before: each must begin where the one before ended. At most 1,000 a call.
   * Linking what is linked is success.
   * @param request `{ upTo }`
   * @returns the `Head`
   */
  async link(state: ContractState, request: string): Promise<string> {
    const upTo = count(object(request), 'upTo', 1);
    const before = await headOf(state, state.caller);
    if (upTo <= before.batch) return JSON.stringify(before);
    if (upTo - before.batch > mostLinks)
      throw new ContractRefusal('invalid', `Link at most ${mostLinks} batches a call.`);
    let head = before;
    for (let batch = before.batch + 1; batch <= upTo; batch++)
      head = next(head, await batchOf(state, state.caller, batch));
    const kept = JSON.stringify(head);
    await state.put(headKey(state.caller), kept);
    state.emit('linked', kept);
    return kept;
  }

  /** The `Head` of an organisation's log; by default the caller's. */
  async head(state: ContractState, organization = state.caller): Promise<string> {
    return JSON.stringify(await headOf(state, organization));
  }

  /** A `Batch` by its number, linked or not. Refuses `not-found` where there is none. */
  async batch(state: ContractState, number: string, organization = state.caller): Promise<string> {
    const batch = Number(argument(number, 'batch', /^[1-9]\d{0,14}$/, 'a number from 1 on'));
    return JSON.stringify(await batchOf(state, organization, batch));
  }
}

function anchorRequest(request: string) {
  const input = object(request);
  const batch = count(input, 'batch', 1);
  const start = count(input, 'start', 0);
  const size = count(input, 'size', 1);
  const roots = texts({ roots: [input.oldRoot, input.newRoot] }, 'roots', bytes32.pattern, bytes32.what, 2);
  const entries = texts(input, 'entries', bytes32.pattern, bytes32.what, mostEntries).map(decode32);
  const frontier = texts(input, 'frontier', bytes32.pattern, bytes32.what, 53).map(decode32);
  if (entries.length === 0 || start + entries.length !== size)
    throw new ContractRefusal('invalid', 'size must be start plus the number of entries, at least one.');
  if (frontier.length !== ones(start))
    throw new ContractRefusal('invalid', 'frontier must have one hash for each one-bit of start.');
  return { batch, start, size, oldRoot: roots[0]!, newRoot: roots[1]!, entries, frontier };
}

const ones = (size: number): number => size.toString(2).replaceAll('0', '').length;

function check(root: Uint8Array, claimed: string, otherwise: string): void {
  if (encode32(root) !== claimed) throw new ContractRefusal('invalid', otherwise);
}

type Claim = Omit<Batch, 'transaction' | 'time'>;

/** Roots commit to the entries, so equal claims that both passed the check are equal batches. */
function sameBatch(stored: string, claim: Claim): string {
  const kept: Batch = JSON.parse(stored);
  if (
    kept.start === claim.start &&
    kept.size === claim.size &&
    kept.oldRoot === claim.oldRoot &&
    kept.newRoot === claim.newRoot
  )
    return stored;
  throw new ContractRefusal('conflict', `Batch ${claim.batch} is anchored with other content.`);
}

function next(head: Head, { batch, start, size, oldRoot, newRoot }: Batch): Head {
  if (start !== head.size || oldRoot !== head.root)
    throw new ContractRefusal('conflict', `Batch ${batch} does not begin where batch ${head.batch} ended.`);
  return { batch, size, root: newRoot };
}

async function headOf(state: ContractState, organization: string): Promise<Head> {
  const stored = await state.get(headKey(organization));
  return stored === undefined ? { batch: 0, size: 0, root: encode32(rootOf([], 0)) } : JSON.parse(stored);
}

async function batchOf(state: ContractState, organization: string, batch: number): Promise<Batch> {
  const stored = await state.get(batchKey(organization, batch));
  if (stored === undefined) throw new ContractRefusal('not-found', `Batch ${batch} is not anchored.`);
  return JSON.parse(stored);
}

const headKey = (organization: string) => `head/${organization}`;
const batchKey = (organization: string, batch: number) => `batch/${organization}/${padded(batch)}`;
