import type { Agent } from './agent.ts';

/** Everything that the audit store holds. Hashes and other bytes in base64. */
export type LogEvent =
  | BatchSequenced
  | EntriesSequenced
  | CheckpointPublished
  | CheckpointRefused
  | BatchAnchored
  | AuditTrailRead;

/**
 * Entries were given their places in the log. In the clear, for ever: hashes only. Stream `log`, whose version is the
 * batch's number, so that of two writers one is late.
 */
export interface BatchSequenced {
  type: 'BatchSequenced';
  /** From 1, consecutive. */
  batch: number;
  /** Index of the first entry: size of the tree before. */
  start: number;
  /** Of the tree before: roots of its perfect subtrees, largest first. */
  frontier: string[];
  /** The entries, 32 bytes each, one after the other. */
  commitments: string;
  /** Of the tree after. */
  root: string;
}

/**
 * What entries of a batch commit to, sealed under one owner's key; an entry about several patients is in the group of
 * each. Streams `entries/<batch>/<n>`, with the groups in their order, in the same append as the batch.
 */
export interface EntriesSequenced {
  type: 'EntriesSequenced';
  entries: SequencedEntry[];
}

export interface SequencedEntry {
  /** Of the public event. */
  id: string;
  batch: number;
  /** Place in the batch. */
  at: number;
  /** All groups of the batch that hold it. */
  groups: number[];
  /** Milliseconds since the epoch. */
  occurred: number;
  patients: string[];
  /** The agent's organisation, and the custodian. */
  organizations: string[];
  /** The public event's exact bytes. */
  event: string;
  /** The commitment is SHA-256(salt ‖ event). */
  salt: string;
  /** The AuditDetail as it was opened. */
  detail: string;
}

/** The log says publicly how far it is. Stream `checkpoint/<batch>`; batch 0 is the empty log. */
export interface CheckpointPublished {
  type: 'CheckpointPublished';
  batch: number;
  start: number;
  size: number;
  root: string;
  /** C2SP signed note. */
  note: string;
}

/** A tree whose tiles do not continue the published one: both are kept, and nothing more is signed. Stream `refusal/<batch>`. */
export interface CheckpointRefused {
  type: 'CheckpointRefused';
  batch: number;
  size: number;
  /** As the batch says. */
  root: string;
  /** The newest note that was signed. */
  last: string;
}

/** The ledger has the batch, linked to all before it. Stream `anchor/<batch>`. */
export interface BatchAnchored {
  type: 'BatchAnchored';
  batch: number;
  start: number;
  size: number;
  root: string;
  transaction: string;
  block: number;
}

/** Somebody read the trail, or was refused. Stream `read/<uuid>`; durable before the answer leaves. */
export interface AuditTrailRead {
  type: 'AuditTrailRead';
  by: Agent;
  /** Whom the answered entries are about. */
  patients: string[];
  /** The audit event asked for; absent for a search. */
  event?: string;
  /** The search as it was asked. */
  query?: string;
  outcome: 'answered' | 'refused';
  request: string;
}
