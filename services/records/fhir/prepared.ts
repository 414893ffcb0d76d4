/** What validation, search and compartments need of the R4 definitions: plain data, as it lies in the cache. */
export interface Prepared {
  /** Elements by type: `Observation`, `HumanName`, and for what has elements of its own `Observation.component`. */
  types: Record<string, PreparedType>;
  /** Codes of each value set that a required binding names, by their system. Value sets that cannot be listed are absent. */
  valueSets: Record<string, Record<string, string[]>>;
  /** Search parameters by resource type. */
  searchParameters: Record<string, PreparedSearchParameter[]>;
  /** R4 patient compartment: search parameters that lead to the patient, by resource type. */
  patientCompartment: Record<string, string[]>;
}

export interface PreparedType {
  kind: 'primitive' | 'datatype' | 'resource' | 'abstract';
  elements: PreparedElement[];
}

export interface PreparedElement {
  /** Ends in `[x]` where the type is part of the property's name. */
  name: string;
  min: number;
  /** `null`: any number. */
  max: number | null;
  /** Whether it is an array in JSON, which a profile's maximum of 1 does not change. */
  list: boolean;
  types: string[];
  /** Resource types that a reference may lead to; left out where any. */
  targets?: string[];
  /** Value set of a required binding. */
  binding?: string;
  summary?: true;
  modifier?: true;
}

export interface PreparedSearchParameter {
  code: string;
  type: SearchParameterType;
  /** FHIRPath, only the parts about this resource type. */
  expressions: string[];
  /** Resource types that a reference may lead to. */
  targets?: string[];
}

export type SearchParameterType =
  | 'token'
  | 'string'
  | 'date'
  | 'reference'
  | 'quantity'
  | 'number'
  | 'uri'
  | 'composite'
  | 'special';
