/** A code with its system; FHIR Coding without what a rule never looks at. */
export interface Coding {
  system: string;
  code: string;
}

/** What a rule may ask of a resource; the caller draws it from the stored resource and its envelope. */
export interface ResourceFacts {
  /** FHIR resource type. */
  type: string;
  id: string;
  /** Organisation of the token that created it: never a field of the body. Empty: unknown. */
  authorOrganization: string;
  /** References of the persons and organisations that the content names as its authors, as `Type/id`. */
  authors: readonly string[];
  codes: readonly Coding[];
  /** meta.security */
  labels: readonly Coding[];
  /**
   * The clinically relevant time, FHIR dateTime of any precision. A single time is given as both; an empty end is an
   * open end; both empty: unknown.
   */
  periodStart: string;
  periodEnd: string;
  /** What it refers to, as `Type/id`. */
  references: readonly string[];
}
