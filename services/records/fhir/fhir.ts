import type { CapabilityStatement } from '@medplum/fhirtypes';
import { type CapabilityOptions, capabilityStatement } from './capability.ts';
import { type Compartments, patientCompartments } from './compartment.ts';
import { loadDefinitions } from './definitions.ts';
import { factsOf } from './facts.ts';
import { includedBy, matches } from './match.ts';
import { type ParseSearch, searchParser } from './parseSearch.ts';
import { patientsAsked } from './patientsAsked.ts';
import type { Query } from './query.ts';
import { searchParameters } from './searchParameters.ts';
import { shapes } from './shapes.ts';
import { inOrder } from './sort.ts';
import { subset } from './subset.ts';
import { indexer, type TermsOf } from './terms.ts';
import { type Validate, validator } from './validate.ts';

/** What the service knows of FHIR R4: pure functions over resources and searches. */
export interface Fhir extends Compartments {
  validate: Validate;
  factsOf: typeof factsOf;
  termsOf: TermsOf;
  parseSearch: ParseSearch;
  /** Patients in whose compartments every answer lies; undefined where the search does not say. */
  patientsAsked(query: Query): string[] | undefined;
  matches: typeof matches;
  inOrder: typeof inOrder;
  includedBy: typeof includedBy;
  /** What `_summary` and `_elements` leave of a resource. */
  subset<T extends object>(resource: T, query: Pick<Query, 'summary' | 'elements'>): T;
  capability(options: CapabilityOptions): CapabilityStatement;
}

/**
 * @param options.base address of our FHIR base, without a slash at its end
 * @param options.cacheFolder where the prepared definitions are kept; beside the packages where it is left out
 */
export async function loadFhir(options: { base: string; cacheFolder?: string }): Promise<Fhir> {
  const { base, cacheFolder } = options;
  const definitions = await loadDefinitions(cacheFolder);
  const known = shapes(definitions);
  const parameters = searchParameters(definitions, known);
  const compartments = patientCompartments(definitions, parameters);
  return {
    ...compartments,
    validate: validator(definitions, known),
    factsOf,
    termsOf: indexer(definitions, parameters),
    parseSearch: searchParser(parameters, base),
    patientsAsked: (query) => patientsAsked(query, parameters, compartments),
    ...{ matches, inOrder, includedBy },
    subset: (resource, query) => subset(known, resource, query),
    capability: (about) => capabilityStatement(definitions, parameters, { base, ...compartments, ...about }),
  };
}
