import type { Span } from './dates.ts';
import type { Filter } from './residual.ts';

/** A grantee. All that is named must hold. */
export interface Grantee {
  /** `Type/id` */
  reference?: string;
  /** Role as tokens carry it. */
  role?: string;
}

/** A provision with every criterion that it inherits already filled in. */
export interface Provision extends Filter {
  /** Where it stands in the resource: `provision.provision[0]`. */
  path: string;
  type: 'permit' | 'forbid';
  /** Left out: everybody, every purpose, every action, always. */
  actors?: Grantee[];
  purposes?: string[];
  actions?: string[];
  period?: Span;
  /** Why it is a forbid where it says permit, or covers more than it says: in plain words. */
  problems: string[];
  provisions: Provision[];
}

/** What a FHIR Consent says, made once when it is written. */
export interface Statement {
  /** policy.uri, in order. */
  policies: string[];
  root: Provision;
}
