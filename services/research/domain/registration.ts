/**
 * A release stands in the registry of its collusion domain: stream `registry/<domain>`, sealed. What its classes hold is
 * on stream `columns/<release>`, whose hash is named here.
 */
export interface ReleaseRegistered {
  type: 'ReleaseRegistered';
  release: string;
  request: string;
  study: string;
  /** What the sensitive values are about, and their groups in the order of their numbers. */
  attribute: Attribute;
  /** SHA-256 of the columns; hex. */
  columns: string;
  /** SHA-256 over the hashes of the package's files. */
  contents: string;
  /** Head of the attribute's registry after it; hex. */
  head: string;
  /** The domain's chain of hashes before and after it, which the ledger follows; hex. */
  before: string;
  after: string;
  at: number;
}
export interface Attribute {
  /** The type of the resources that tell it. */
  source: string;
  groups: readonly string[];
}
export interface ReleaseAnchored {
  type: 'ReleaseAnchored';
  release: string;
  transaction: string;
  block: number;
}
/** On stream `registry/<domain>`. */
export type RegistrationEvent = ReleaseRegistered | ReleaseAnchored;

/** One of the pieces of `columns/<release>`, or of a package's files: stream `package/<release>`; base64. */
export interface PieceStored {
  type: 'PieceStored';
  file: string;
  bytes: string;
}
