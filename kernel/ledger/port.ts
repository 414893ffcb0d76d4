/**
 * The ledger. Adapters: `embedded.ts` (contract runtime in this process, signed hash-chained blocks), Hyperledger
 * Fabric; one `conformance.ts`. Contracts and their functions are those of `contracts/`.
 */
export type ContractName = 'registry' | 'consent' | 'sharing' | 'research' | 'audit';

export interface Transaction {
  contract: ContractName;
  fn: string;
  /** Public arguments: they stay on the ledger for ever. Hashes, ids of our own and numbers only. */
  args: string[];
  /** Reaches the contract, never the ledger. */
  transient?: Record<string, Uint8Array>;
}

export interface Committed {
  transactionId: string;
  block: number;
  /** What the contract returned. */
  result: string;
}

export interface ContractEvent {
  block: number;
  transactionId: string;
  contract: ContractName;
  name: string;
  payload: string;
}

export interface Ledger {
  /**
   * Submits and waits for the commit. Contracts use deterministic keys, so that the same transaction after an unknown
   * outcome is safe and gives the same result.
   * @throws Failure `business-rule` where the contract refuses, `unavailable` or `timeout` where the outcome is unknown
   */
  submit(transaction: Transaction): Promise<Committed>;
  /** Runs a read-only contract function on the committed state. */
  evaluate(transaction: Transaction): Promise<string>;
  /** Contract events from a block on, then live, until `signal` aborts. */
  events(fromBlock: number, signal: AbortSignal): AsyncIterable<ContractEvent>;
  /** Number of the newest block; -1 if there is none. */
  height(): Promise<number>;
  close(): Promise<void>;
}
