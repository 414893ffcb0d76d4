import type { ContractName } from '../kernel/ledger/port.ts';

/**
 * What a contract function sees of the ledger, in its own contract's key space. The embedded runtime
 * (kernel/ledger/embedded.ts) and the Fabric chaincode both implement it; nothing else differs between them.
 * A function is deterministic: every endorsing organisation must come to the same writes, events and result.
 */
export interface ContractState {
  /** The value before this transaction: a function never sees its own writes (Fabric does not show them). */
  get(key: string): Promise<string | undefined>;
  /** As `get`, in the key space of another contract. Nobody but that contract writes there. */
  other(contract: ContractName, key: string): Promise<string | undefined>;
  /** Takes effect when the transaction commits. Refused in a read-only call. */
  put(key: string, value: string): Promise<void>;
  /** Entries with `from` ≤ key < `to` in the order of their UTF-8 bytes, as they were before this transaction. */
  range(from: string, to: string): AsyncIterable<readonly [key: string, value: string]>;
  /** The contract event, published when the transaction commits; one at most, as on Fabric. Public for ever. */
  emit(name: string, payload: string): void;
  /** Data that came with the transaction and never reaches the ledger. */
  transient(name: string): Uint8Array | undefined;
  /** The transaction's time, milliseconds since the epoch: the submitter's claim, the same for every endorser. */
  readonly time: number;
  /** The transaction's id. */
  readonly id: string;
  /** The organisation that submits: its MSP id on Fabric. */
  readonly caller: string;
}

/** Arguments and results are strings, because Fabric's are; JSON where there is more than one value. */
export type ContractFunction = (state: ContractState, ...args: string[]) => Promise<string>;

/** A plain class: each method but the constructor is a `ContractFunction`. It keeps nothing between calls. */
export interface Contract {
  readonly name: ContractName;
}

export type RefusalCode = 'invalid' | 'conflict' | 'forbidden' | 'not-found';

/** A contract says no. The message is public and says why; it carries nothing of a person. */
export class ContractRefusal extends Error {
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'ContractRefusal';
    this.code = code;
  }
}

/**
 * Calls a function of a contract by its name.
 * @throws ContractRefusal where there is no such function, or the function refuses
 */
export async function invoke(contract: Contract, fn: string, state: ContractState, args: string[]): Promise<string> {
  const method = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(contract), fn)?.value as unknown;
  if (fn === 'constructor' || typeof method !== 'function')
    throw new ContractRefusal('not-found', `Contract ${contract.name} has no function ${fn}.`);
  return (method as ContractFunction).call(contract, state, ...args);
}
