import { type Contract, ContractRefusal, type ContractState, invoke } from '../../contracts/state.ts';
import { Failure } from '../errors.ts';
import type { Executed } from './block.ts';
import type { ContractName, Transaction } from './port.ts';
import type { LedgerStore } from './store.ts';

export type Contracts = ReadonlyMap<ContractName, Contract>;

/** What a function is told of the transaction it runs in. */
export interface Envelope {
  id: string;
  time: number;
  caller: string;
}

/**
 * Runs a transaction's function on the stored state. Writes are only collected: the function does not see them, and
 * the caller applies them.
 * @throws Failure `business-rule` where the contract refuses; anything else is a fault of the contract
 */
export async function execute(
  contracts: Contracts,
  store: LedgerStore,
  transaction: Transaction,
  envelope: Envelope,
): Promise<Executed> {
  const { contract: name, fn, args } = transaction;
  const { id, caller } = envelope;
  const writes = new Map<string, string>();
  const events: Executed['events'] = [];
  const state: ContractState = {
    ...reads(store, transaction, envelope),
    put: async (key, value) => void writes.set(key, value),
    emit(event, payload) {
      if (events.push({ name: event, payload }) > 1) throw new Error(`${name}.${fn} emits a second event`);
    },
  };
  const result = await called(contracts, transaction, state);
  const inOrder = [...writes].map(([key, value]) => ({ key, value }));
  return { id, contract: name, fn, args, caller, result, writes: inOrder, events };
}

/** Runs a read-only function on the stored state. Throws as `execute`, and where the function writes or emits. */
export async function read(
  contracts: Contracts,
  store: LedgerStore,
  transaction: Transaction,
  envelope: Envelope,
): Promise<string> {
  const refuse = () => {
    throw new ContractRefusal('invalid', `${transaction.fn} writes: submit it.`);
  };
  const state = { ...reads(store, transaction, envelope), put: async () => refuse(), emit: refuse };
  return called(contracts, transaction, state);
}

function reads(store: LedgerStore, transaction: Transaction, envelope: Envelope): Omit<ContractState, 'put' | 'emit'> {
  const { contract, transient } = transaction;
  return {
    ...envelope,
    get: async (key) => store.get(contract, key),
    other: async (of, key) => store.get(of, key),
    async *range(from, to) {
      yield* store.range(contract, from, to);
    },
    transient: (name) => transient?.[name],
  };
}

async function called(contracts: Contracts, { contract, fn, args }: Transaction, state: ContractState) {
  const found = contracts.get(contract);
  if (!found) throw new Failure('business-rule', `There is no contract ${contract} on this ledger.`);
  try {
    return await invoke(found, fn, state, args);
  } catch (error) {
    if (error instanceof ContractRefusal) throw new Failure('business-rule', error.message, { cause: error });
    throw error;
  }
}
