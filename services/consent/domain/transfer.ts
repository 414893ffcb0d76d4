import type { TimelessQuestion } from '../../../contracts/authorise.ts';
import type { Terms } from '../../../contracts/rules/terms.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';

export interface Stated {
  /** Milliseconds since the epoch. */
  at: number;
  by: Agent;
}
/** Every event names the organisation that holds the data: it is told, whoever acted. */
export interface Told extends Stated {
  custodian: string;
}
/** An event before its custodian is named. */
export type Untold<E> = E extends Told ? Omit<E, 'custodian'> : never;

/** A transfer was asked for that looks well; the ledger is to say. At most one of an agreement at a time. */
export interface TransferRequested extends Told {
  type: 'TransferRequested';
  /** Its number within the agreement, from 1. */
  transfer: number;
  question: TimelessQuestion;
  /** Keyed hash of the Idempotency-Key. */
  key?: string;
}

/** The ledger's contract permits it. */
export interface TransferAuthorised extends Told {
  type: 'TransferAuthorised';
  transfer: number;
  /** What the verdict rests on, and the version of the patient's stream. */
  basis: string[];
  version: number;
  transaction: string;
  block: number;
}

/** It is not to be, by the terms, by the consents or by the contract. */
export interface TransferRefused extends Told {
  type: 'TransferRefused';
  reason: string;
}

/** Data were handed over. */
export interface TransferFulfilled extends Told {
  type: 'TransferFulfilled';
  transfer: number;
  /** SHA-256 of the bytes that were sent, hex, and how many they were. */
  sha256: string;
  bytes: number;
}
export type TransferEvent = TransferRequested | TransferAuthorised | TransferRefused | TransferFulfilled;

export type TransferCommand =
  | ({ type: 'request'; question: TimelessQuestion; key?: string; misfit?: string } & Stated)
  | ({ type: 'authorised' } & Omit<TransferAuthorised, 'type' | 'custodian'>)
  | ({ type: 'refuse'; reason: string } & Stated)
  | ({ type: 'fulfil'; transfer: number; sha256: string; bytes: number } & Stated);

export interface Transfer {
  number: number;
  by: Agent;
  key?: string;
  authorised: { at: number; basis: string[]; version: number; transaction: string; block: number };
  receipt?: { sha256: string; bytes: number; at: number };
}

/** The transfers of one agreement. */
export interface Transfers {
  done: readonly Transfer[];
  /** Asked for, and the ledger has not said. */
  pending?: TransferRequested;
}

export const transfers = { initial: { done: [] } as Transfers, decide, evolve };

/** Nothing is decided anew of a request that was decided before. */
function decide(command: TransferCommand, state: Transfers, { frequency }: Terms): Untold<TransferEvent>[] {
  const { type, ...stated } = command;
  switch (command.type) {
    case 'request': {
      const { question, key, misfit, at, by } = command;
      if (state.pending) throw new Failure('conflict', 'The ledger is deciding on another transfer; ask again.');
      const before = key !== undefined && state.done.some((each) => each.key === key);
      if (before && misfit === undefined) return [];
      const reason = misfit ?? (mayFollow(state, frequency, at) ? undefined : 'The agreement allows no further yet.');
      if (reason !== undefined) return [{ type: 'TransferRefused', reason, at, by }];
      const transfer = state.done.length + 1;
      return [{ type: 'TransferRequested', transfer, question, ...(key !== undefined && { key }), at, by }];
    }
    case 'authorised':
      if (state.pending?.transfer !== command.transfer) return [];
      return [{ ...(stated as Omit<TransferAuthorised, 'type' | 'custodian'>), type: 'TransferAuthorised' }];
    case 'refuse':
      return [{ ...(stated as Omit<TransferRefused, 'type' | 'custodian'>), type: 'TransferRefused' }];
    case 'fulfil':
      return fulfil(command, state);
    default:
      return command satisfies never;
  }
}

/** Of the transfers within the window, the limit-th from the end must lie before it; as the contract counts. */
function mayFollow({ done }: Transfers, { transfers: limit, window }: Terms['frequency'], at: number): boolean {
  const nth = done.at(-limit);
  return nth === undefined || nth.authorised.at <= at - window;
}

function fulfil(command: Extract<TransferCommand, { type: 'fulfil' }>, { done }: Transfers): Untold<TransferEvent>[] {
  const { type: _, ...handed } = command;
  const known = done.find(({ number }) => number === command.transfer);
  if (!known) throw new Failure('not-found', 'There is no such transfer.');
  if (!known.receipt) return [{ ...handed, type: 'TransferFulfilled' }];
  if (known.receipt.sha256 === command.sha256) return [];
  throw new Failure('business-rule', 'This transfer has handed over something else already: ask for a new one.');
}

function evolve(state: Transfers, event: TransferEvent): Transfers {
  switch (event.type) {
    case 'TransferRequested':
      return { done: state.done, pending: event };
    case 'TransferRefused':
      return { done: state.done };
    case 'TransferAuthorised': {
      const { transfer: number, at, basis, version, transaction, block, by } = event;
      const key = state.pending?.key;
      const authorised = { at, basis, version, transaction, block };
      return { done: [...state.done, { number, by, authorised, ...(key !== undefined && { key }) }] };
    }
    case 'TransferFulfilled': {
      const { transfer, sha256, bytes, at } = event;
      const receipt = { sha256, bytes, at };
      return { ...state, done: state.done.map((each) => (each.number === transfer ? { ...each, receipt } : each)) };
    }
    default:
      return event satisfies never;
  }
}
