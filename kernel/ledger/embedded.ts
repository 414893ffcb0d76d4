import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Contract } from '../../contracts/state.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { eventsOf, parseBlock, signer } from './block.ts';
import { read } from './execute.ts';
import { growth } from './growth.ts';
import type { Committed, Ledger, Transaction } from './port.ts';
import { ledgerStore } from './store.ts';
import { blockWriter } from './writer.ts';

interface Parts {
  /** Path, or ':memory:'. One process at a time. */
  file: string;
  /** Ed25519 seed of the organisation, 32 bytes. */
  signingKey: Uint8Array;
  /** Who submits, and signs the blocks. */
  organization: string;
  contracts: Contract[];
  clock: Clock;
}

interface Waiting {
  transaction: Transaction;
  resolve(committed: Committed): void;
  reject(error: unknown): void;
}

/**
 * The ledger of the embedded platform: the transactions that wait in one event-loop turn become a block, hash-chained,
 * signed, and synced to the disk before any of them resolves; see docs/adr/0012-embedded-ledger.md.
 * @throws Failure `unavailable` where the file's newest block is damaged, or signed by another key
 */
export function embeddedLedger(parts: Parts): Ledger {
  const { organization, clock } = parts;
  const contracts = new Map(parts.contracts.map((contract) => [contract.name, contract]));
  const store = ledgerStore(parts.file);
  const writer = blockWriter({ store, signer: signer(parts.signingKey), organization, contracts, clock });
  const waiting: Waiting[] = [];
  const grown = growth();
  const inTurn = serial();

  async function flush(): Promise<void> {
    await nextTurn();
    const batch = waiting.splice(0, fitting(waiting));
    if (waiting.length > 0) inTurn(flush);
    if (batch.length > 0) await settle(batch);
  }

  async function settle(batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await writer.write(batch.map(({ transaction }) => transaction));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[at]!;
        if (outcome.status === 'fulfilled') resolve(outcome.value);
        else reject(outcome.reason);
      }
      grown.happened();
    } catch (cause) {
      const failure = new Failure('unavailable', 'The ledger could not store the transaction; retry.', { cause });
      for (const { reject } of batch) reject(failure);
    }
  }

  return {
    submit: (transaction) =>
      new Promise((resolve, reject) => {
        if (waiting.push({ transaction, resolve, reject }) === 1) inTurn(flush);
      }),
    evaluate: (transaction) =>
      inTurn(() => read(contracts, store, transaction, { id: '', time: clock.now(), caller: organization })),
    async *events(fromBlock, signal) {
      for (let next = Math.max(fromBlock, 0); !signal.aborted; ) {
        if (next > writer.height()) await grown.next(signal);
        else yield* eventsOf(parseBlock(store.block(next++)!.bytes));
      }
    },
    height: async () => writer.height(),
    async close() {
      while (waiting.length > 0) await inTurn(flush);
      await inTurn(async () => store.close());
    },
  };
}

/** Bounds of one block, so that a burst of large anchors does not hold the event loop: transactions, and characters. */
const mostTransactions = 500;
const mostCharacters = 500_000;

/** How many of those that wait go into the next block: at least one. */
function fitting(waiting: Waiting[]): number {
  let characters = 0;
  for (const [at, { transaction }] of waiting.entries()) {
    for (const { length } of transaction.args) characters += length;
    if (at === mostTransactions || (at > 0 && characters > mostCharacters)) return at;
  }
  return waiting.length;
}

/** Runs what it is given one after the other; a failure is its caller's only. */
function serial(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = tail.then(work);
    tail = done.catch(() => {});
    return done;
  };
}
