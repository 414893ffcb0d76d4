import { execute } from '../kernel/ledger/execute.ts';
import type { ContractName } from '../kernel/ledger/port.ts';
import { ledgerStore } from '../kernel/ledger/store.ts';
import type { Contract } from './state.ts';

/** Calls functions of contracts on a state of their own; for tests. */
export interface Stage {
  /** Runs a function of the first contract as `caller` and applies its writes; a refusal rejects with its `ContractRefusal` as the cause. */
  call(caller: string, fn: string, ...args: unknown[]): Promise<Outcome>;
  /** The same of any contract of the stage, with transient data. */
  submit(caller: string, submission: Submission): Promise<Outcome>;
  /** Of the transactions; each is a millisecond later than the one before. */
  clock: { time: number };
}
export interface Submission {
  contract: ContractName;
  fn: string;
  args: unknown[];
  /** Texts are given as UTF-8. */
  transient?: Record<string, Uint8Array | string>;
}
export interface Outcome {
  result: unknown;
  /** Keys written. */
  writes: string[];
  /** Names of the events. */
  events: string[];
}

/** Arguments that are no strings are given as JSON; results are parsed. */
export function stage(first: Contract, ...others: Contract[]): Stage {
  const store = ledgerStore(':memory:');
  const contracts = new Map([first, ...others].map((contract) => [contract.name, contract]));
  const clock = { time: Date.UTC(2026, 0, 1) };
  let transactions = 0;
  async function submit(caller: string, { contract, fn, args, transient = {} }: Submission): Promise<Outcome> {
    clock.time += 1;
    const texts = args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)));
    const envelope = { id: `transaction-${++transactions}`, time: clock.time, caller };
    const bytes = Object.entries(transient).map(([name, value]) => [name, Buffer.from(value as string)]);
    const transaction = { contract, fn, args: texts, transient: Object.fromEntries(bytes) };
    const done = await execute(contracts, store, transaction, envelope);
    for (const { key, value } of done.writes) store.put(contract, key, value);
    const events = done.events.map(({ name }) => name);
    return { result: JSON.parse(done.result), writes: done.writes.map(({ key }) => key), events };
  }
  return { clock, submit, call: (caller, fn, ...args) => submit(caller, { contract: first.name, fn, args }) };
}

/** Matches the rejection of a call that the contract refuses with this code. */
export const refusal = (code: string) => (error: Error) => (error.cause as { code?: string })?.code === code;
