import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { type Block, blockHash, type Executed, noBlock, parseBlock, type Signer, signedBy } from './block.ts';
import { type Contracts, execute } from './execute.ts';
import type { Committed, Transaction } from './port.ts';
import type { LedgerStore } from './store.ts';

interface Parts {
  store: LedgerStore;
  signer: Signer;
  organization: string;
  contracts: Contracts;
  clock: Clock;
}

export interface BlockWriter {
  /** Number of the newest block; -1 if there is none. */
  height(): number;
  /**
   * Executes transactions one after the other; those that are not refused become one block, stored and synced when
   * this resolves. A refused one leaves nothing behind. One call at a time.
   * @returns what became of each, in order. Throws where the block could not be stored: then none took place
   */
  write(transactions: Transaction[]): Promise<PromiseSettledResult<Committed>[]>;
}

/** @throws Failure `unavailable` where the newest block is damaged, or another key signed it */
export function blockWriter(parts: Parts): BlockWriter {
  const { store, signer, organization } = parts;
  let newest = opened(store, signer.key);

  async function write(transactions: Transaction[]) {
    const number = newest.number + 1;
    const envelope = { time: Math.max(parts.clock.now(), newest.time), caller: organization };
    const outcomes = await each(transactions, (transaction, done) =>
      run(transaction, { ...envelope, id: sha256(`${newest.hash}/${done}`) }),
    );
    const done = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
    if (done.length > 0)
      seal({ number, previous: newest.hash, time: envelope.time, organization, key: signer.key, transactions: done });
    return outcomes.map((outcome) => committed(outcome, number));
  }

  async function run(transaction: Transaction, envelope: { id: string; time: number; caller: string }) {
    const executed = await execute(parts.contracts, store, transaction, envelope);
    for (const { key, value } of executed.writes) store.put(executed.contract, key, value);
    return executed;
  }

  function seal(block: Block): void {
    const sealed = signer.seal(block);
    store.commit(sealed);
    newest = { number: block.number, time: block.time, hash: blockHash(sealed.bytes) };
  }

  return {
    height: () => newest.number,
    async write(transactions) {
      store.begin();
      try {
        return await write(transactions);
      } finally {
        store.rollback(); // nothing, after a commit
      }
    },
  };
}

function opened(store: LedgerStore, key: string): { number: number; time: number; hash: string } {
  const block = store.newest();
  if (!block) return { number: -1, time: 0, hash: noBlock };
  if (!signedBy(key, block)) throw new Failure('unavailable', 'The ledger file was not signed by this key; verify it.');
  return { number: block.number, time: parseBlock(block.bytes).time, hash: blockHash(block.bytes) };
}

async function each(
  transactions: Transaction[],
  run: (transaction: Transaction, done: number) => Promise<Executed>,
): Promise<PromiseSettledResult<Executed>[]> {
  const outcomes: PromiseSettledResult<Executed>[] = [];
  let done = 0;
  for (const transaction of transactions) {
    const [outcome] = await Promise.allSettled([run(transaction, done)]);
    if (outcome.status === 'fulfilled') done++;
    outcomes.push(outcome);
  }
  return outcomes;
}

function committed(outcome: PromiseSettledResult<Executed>, block: number): PromiseSettledResult<Committed> {
  if (outcome.status === 'rejected') return outcome;
  const { id, result } = outcome.value;
  return { status: 'fulfilled', value: { transactionId: id, block, result } };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
