import type { Span } from './dates.ts';
import type { Filter } from './residual.ts';

/** Somebody a provision is about. All that is named must hold. */
export interface Grantee {
  /** `Type/id` */
  reference?: string;
  /** Role as tokens carry it. */
  role?: string;
}

/** A provision with every criterion that it inherits already filled in. */
export interface Provision {
  /** Where it stands in the resource: `provision.provision[0]`. */
  path: string;
  type: 'permit' | 'forbid';
  /** Left out: everybody, every purpose, every action, always. */
  actors?: Grantee[];
  purposes?: string[];
  actions?: string[];
  period?: Span;
  /** What it asks of a resource. */
  filter: Filter;
  /** What could not be understood, in plain words: such a provision forbids, and matches more than it says. */
  problems: string[];
  provisions: Provision[];
}

/** What a FHIR Consent says, made once when it is written. */
export interface Statement {
  /** policy.uri, in order. */
  policies: string[];
  root: Provision;
  /** Where a period of any provision begins or ends, milliseconds since the epoch, ascending. */
  boundaries: number[];
}
