import type { Agent } from './agent.ts';
import type { AgreementEvent } from './agreement.ts';
import type { NotificationEvent } from './notification.ts';
import type { PatientEvent } from './patient.ts';
import type { SuspensionEvent } from './suspension.ts';

/** Takes an idempotency key once for all: stream `unique/<keyed hash>`, version 1. Not sealed: ids of our own only. */
export interface Reserved {
  type: 'Reserved';
  patient: string;
  consent: string;
  /** Of the consent, and of the patient's stream, after the request. */
  version: number;
  streamVersion: number;
  /** Keyed hash of the request: the same key with another request is a mistake. */
  request: string;
}

/** Somebody looked at a patient's consents, or tried to: stream `access/<uuid>`. */
export interface ConsentsRead {
  type: 'ConsentsRead';
  patient: string;
  consents: { id: string; version: number }[];
  outcome: 'answered' | 'refused';
  /** The search as it was asked. */
  query?: string;
  request: string;
  by: Agent;
}

/** Somebody looked at what is known of a patient's emergencies: stream `access/<uuid>`. */
export interface BreakGlassRead {
  type: 'BreakGlassRead';
  patient: string;
  what: 'declarations' | 'notifications';
  request: string;
  by: Agent;
}

/** What the ledger keeps of a patient is not what the events come to: stream `difference/<hash of it>`, told once. */
export interface LedgerDiffered {
  type: 'LedgerDiffered';
  /** `missing`: the ledger should have it; `unknown`: it has a version that no event makes; `different`: another hash. */
  kind: 'missing' | 'unknown' | 'different';
  /** What it is about: `head`, `Consent/<id>`, `BreakGlass/<id>` or `Agreement/<id>`. */
  of: string;
}

/** Everything that consent's store holds. */
export type ConsentServiceEvent =
  | PatientEvent
  | AgreementEvent
  | LedgerDiffered
  | SuspensionEvent
  | NotificationEvent
  | ConsentsRead
  | BreakGlassRead
  | Reserved;
