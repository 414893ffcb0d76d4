import type { Statement } from './statement.ts';

/** What PCF calls an implicit policy: who may read where no consent speaks. */
export type BasePolicy = 'break-glass-only' | 'deny' | 'normal' | 'all-normal';

/** Settings of a deployment that decide; the same on and off the ledger. */
export interface Deployment {
  /** Minutes east of UTC: the zone in which a date is a day. */
  zone: number;
  basePolicy: BasePolicy;
  /** policy.uri → what it means, as far as the deployment knows it. */
  policies: Readonly<Record<string, BasePolicy>>;
  /** Rule 2: an organisation may read for treatment what it authored. */
  authorReads: boolean;
  /** Rule 4: R, V and sensitivity labels only where the permitting provision names them. */
  labelCeiling: boolean;
  /** Purposes besides v3 PurposeOfUse, as `system|code`; a question asks them in this form. */
  purposes: readonly string[];
  /** `Group/<id>`: groups whose membership an actor's care teams tell. */
  groups: readonly string[];
  /** Our own FHIR base, without a slash at its end: absolute references below it are understood. Empty: none are. */
  fhirBase: string;
}

/** PCF's canonical URIs of the base policies. */
export const pcfPolicies: Readonly<Record<string, BasePolicy>> = {
  'https://profiles.ihe.net/ITI/PCF/Policy-basic-normal': 'normal',
  'https://profiles.ihe.net/ITI/PCF/Policy-all-normal': 'all-normal',
  'https://profiles.ihe.net/ITI/PCF/Policy-break-glass-only': 'break-glass-only',
  'https://profiles.ihe.net/ITI/PCF/Policy-deny': 'deny',
};

/** The current statement of a consent. */
export interface ActiveConsent {
  /** FHIR id and version. */
  id: string;
  version: number;
  /** Position of the statement in the patient's stream. */
  position: number;
  statement: Statement;
}

/** `Consent/<id>/_history/<version>` */
export const referenceOf = ({ id, version }: ActiveConsent): string => `Consent/${id}/_history/${version}`;

/** A clinician's declaration of an emergency, not ended early. Times in milliseconds since the epoch. */
export interface Declaration {
  id: string;
  clinician: string;
  from: number;
  until: number;
}

/** What the rules decide on: what one patient's stream comes to. */
export interface ConsentState {
  /** Not revoked, in the order of their positions: the newest last. */
  consents: readonly ActiveConsent[];
  declarations: readonly Declaration[];
}

/** Who asks. */
export interface Asker {
  /** Person id, or client id of a system. */
  subject: string;
  organization?: string;
  role: string;
  /** Ids, or references such as `Group/<id>`. */
  careTeams: readonly string[];
  /** A patient's own Patient id. */
  patient?: string;
}

/** The right of the asking person to act for this patient. Milliseconds since the epoch. */
export interface Mandate {
  id: string;
  from: number;
  until?: number;
}

/** From its start on and before its end; an end that is left out is open. */
export const isInForce = ({ from, until }: { from: number; until?: number }, at: number): boolean =>
  from <= at && (until === undefined || at < until);

/** May `actor` do `action` with this patient's data for `purpose`? */
export interface Question {
  patient: string;
  actor: Asker;
  /** Mandates of the actor for this patient, as recorded. */
  mandates?: readonly Mandate[];
  /** v3 consentaction. */
  action: string;
  /** v3 PurposeOfUse code, or `system|code` of the deployment's own. */
  purpose: string;
  /** Of research: the id of the study, which a consent may name among its purposes in place of the purpose. */
  study?: string;
  /** Milliseconds since the epoch. */
  at: number;
}
