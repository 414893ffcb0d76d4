/**
 * A release stands in the registry of its collusion domain: stream `registry/<domain>`, sealed. What its classes hold is
 * on stream `columns/<release>`. Hashes are SHA-256, hex.
 */
export interface ReleaseRegistered {
  type: 'ReleaseRegistered';
  release: string;
  request: string;
  study: string;
  /** What the sensitive values are about, and their groups in the order of their numbers. */
  attribute: Attribute;
  columns: string;
  /** Of the cohort's definition, the consents, the rules that were asked for, and the hashes of the package's files. */
  definition: string;
  consentSnapshot: string;
  parameters: string;
  contents: string;
  /** Head of the attribute's registry after it. */
  head: string;
  /** The domain's chain of hashes before and after it, which the ledger follows. */
  before: string;
  after: string;
  at: number;
}
export interface Attribute {
  /** The type of the resources that tell it. */
  source: string;
  groups: readonly string[];
}

/**
 * A piece of a file, in base64, on a stream of its own: `columns/<release>`, `package/<release>`, or `members/<release>`
 * until the release is sealed.
 */
export interface PieceStored {
  type: 'PieceStored';
  file: string;
  bytes: string;
}
