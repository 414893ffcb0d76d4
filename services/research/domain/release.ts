/**
 * Events of a release after it left: stream `release/<id>`, sealed for the study's organisation, and nobody of the
 * release is named in it. All times are milliseconds since the epoch. What they come to: `registry/recall.ts`.
 */
export interface ReleasePublished {
  type: 'ReleasePublished';
  /** On whose behalf and for what its records were read: what consent is asked again at each download. */
  study: string;
  purpose: string;
  organization: string;
  researcher: string;
  /** What was approved, and the cohort that it is of. */
  request: string;
  definition: number;
  /** SHA-256 over the hashes of the package's files, and the files. */
  contents: string;
  files: readonly { name: string; bytes: number; sha256: string }[];
  /** Person ids. */
  recipients: readonly string[];
  /** The recalled release in whose place it comes. */
  replaces?: string;
  /** So many people must have withdrawn before it is replaced within its epoch. */
  k: number;
  at: number;
}
/** Somebody in the release took their consent back. */
export interface SubjectWithdrew {
  type: 'SubjectWithdrew';
  /** The same for the same person; nobody is found by it once the person is erased. */
  withdrawal: string;
  at: number;
}
/** From here on nothing is downloaded, and every recipient must delete what they have. */
export interface RecallIssued {
  type: 'RecallIssued';
  deadline: number;
  at: number;
}
/** Nothing is downloaded any more; who has it keeps it. */
export interface ReleaseClosed {
  type: 'ReleaseClosed';
  by: string;
  at: number;
}
export interface DownloadRecorded {
  type: 'DownloadRecorded';
  recipient: string;
  /** What the recipient accepted: SHA-256 of the terms, hex. */
  terms: string;
  at: number;
}
export interface DeletionAttested {
  type: 'DeletionAttested';
  recipient: string;
  /** The recipient's. */
  organization: string;
  /** SHA-256 of the statement, hex. */
  attestation: string;
  statement: string;
  late: boolean;
  at: number;
}
/** The deadline has passed, and a recipient who has it has not attested. */
export interface DeletionOverdue {
  type: 'DeletionOverdue';
  recipient: string;
  at: number;
}
export interface ReleaseReplaced {
  type: 'ReleaseReplaced';
  replacement: string;
  at: number;
}
export type ReleaseEvent =
  | ReleasePublished
  | SubjectWithdrew
  | RecallIssued
  | ReleaseClosed
  | DownloadRecorded
  | DeletionAttested
  | DeletionOverdue
  | ReleaseReplaced;
