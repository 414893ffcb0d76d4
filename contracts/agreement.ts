import { hash64, type Input, padded, text } from './input.ts';
import { type Organization, organizationKey } from './registry.ts';
import { ContractRefusal, type ContractState } from './state.ts';

export const endReasons = ['declined', 'withdrawn', 'revoked', 'expired'] as const;
export type EndReason = (typeof endReasons)[number];

/** An agreement as the ledger keeps it: pseudonyms, salted hashes, organisations, numbers and states. */
export interface Agreement {
  agreement: string;
  /** Pseudonym of the patient: the consent contract's `Head` is found by it. */
  policy: string;
  /** The organisation that asks, and the one that holds the data. */
  requester: string;
  custodian: string;
  /** Salted hash of the `Terms`. */
  terms: string;
  state: 'proposed' | 'accepted' | 'ended';
  /** How often data were authorised to be handed over; transfers are numbered from 1. */
  transfers: number;
  /** Salted hash of who accepted, and how. */
  acceptance?: string;
  end?: { reason: EndReason; at: number };
  /** Salted hash of the recipient's word that all of it is deleted. */
  attestation?: string;
}

/** One authorised transfer. */
export interface Transfer {
  agreement: string;
  /** Its number within the agreement. */
  transfer: number;
  state: 'authorised' | 'fulfilled';
  /** Salted hash of the `Question`, as canonical JSON. */
  question: string;
  /** Salted hash of the `Decision`, as canonical JSON. */
  verdict: string;
  /** Version of the patient's head that was decided on. */
  head: number;
  /** Of the authorisation: its transaction's. */
  time: number;
  transaction: string;
  /** Salted hash of the SHA-256 of what was handed over. */
  receipt?: string;
}

/** The organisation that registered any of these must be the caller. */
export async function requireActingFor(state: ContractState, ...organizations: string[]): Promise<void> {
  for (const organization of organizations)
    if ((await requireRegistered(state, organization)).registrar === state.caller) return;
  throw refused('forbidden', 'Another organisation says this.');
}

/** @throws ContractRefusal `not-found` */
export async function requireRegistered(state: ContractState, id: string): Promise<Organization> {
  const stored = await state.other('registry', organizationKey(id));
  if (stored === undefined) throw refused('not-found', `Organisation ${id} is not in the registry.`);
  return JSON.parse(stored);
}

/** The agreement that a request names. Throws ContractRefusal `not-found`. */
export async function agreementOf(state: ContractState, input: Input): Promise<Agreement> {
  const stored = await state.get(agreementKey(text(input, 'agreement', hash64.pattern, hash64.what)));
  if (stored === undefined) throw refused('not-found', 'There is no such agreement.');
  return JSON.parse(stored);
}

/** @throws ContractRefusal `not-found` */
export async function transferOf(state: ContractState, { agreement }: Agreement, transfer: number): Promise<Transfer> {
  const stored = await state.get(transferKey(agreement, transfer));
  if (stored === undefined) throw refused('not-found', 'There is no such transfer.');
  return JSON.parse(stored);
}

/** Stores an agreement and tells of it. */
export async function keep(state: ContractState, event: string, agreement: Agreement): Promise<string> {
  const kept = JSON.stringify(agreement);
  await state.put(agreementKey(agreement.agreement), kept);
  state.emit(event, kept);
  return kept;
}

/** Stores a transfer and tells of it. */
export async function keepTransfer(state: ContractState, transfer: Transfer): Promise<string> {
  const kept = JSON.stringify(transfer);
  await state.put(transferKey(transfer.agreement, transfer.transfer), kept);
  state.emit(transfer.state, kept);
  return kept;
}

export const refused = (code: ContractRefusal['code'], message: string) => new ContractRefusal(code, message);
export const agreementKey = (agreement: string) => `agreement/${agreement}`;
const transferKey = (agreement: string, transfer: number) => `transfer/${agreement}/${padded(transfer)}`;
