import { execute } from '../kernel/ledger/execute.ts';
import { ledgerStore } from '../kernel/ledger/store.ts';
import type { Contract } from './state.ts';

/** Calls functions of a contract on a state of its own; for tests. */
export interface Stage {
  /** Runs a function as `caller` and applies its writes; a refusal rejects with its `ContractRefusal` as the cause. */
  call(caller: string, fn: string, ...args: unknown[]): Promise<Outcome>;
}
export interface Outcome {
  result: unknown;
  /** Keys written. */
  writes: string[];
  /** Names of the events. */
  events: string[];
}

/** Arguments that are no strings are given as JSON; results are parsed. */
export function stage(contract: Contract): Stage {
  const store = ledgerStore(':memory:');
  const contracts = new Map([[contract.name, contract]]);
  let time = Date.UTC(2026, 0, 1);
  return {
    async call(caller, fn, ...args) {
      const texts = args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)));
      const envelope = { id: `transaction-${++time}`, time, caller };
      const done = await execute(contracts, store, { contract: contract.name, fn, args: texts }, envelope);
      for (const { key, value } of done.writes) store.put(contract.name, key, value);
      const events = done.events.map(({ name }) => name);
      return { result: JSON.parse(done.result), writes: done.writes.map(({ key }) => key), events };
    },
  };
}

/** Matches the rejection of a call that the contract refuses with this code. */
export const refusal = (code: string) => (error: Error) => (error.cause as { code?: string })?.code === code;
