import { type Bindings, bindings } from './bindings.ts';
import type { Range } from './dates.ts';
import type { Prepared } from './prepared.ts';
import type { SearchParameter, SearchParameters } from './searchParameters.ts';
import type { Property } from './shapes.ts';
import { dateTerm, identifierTerm, quantityTerm, referenceTerm, stringTerms, tokenTerms } from './termValues.ts';

/** From low to high, `null` is open; system and code of the unit, and the unit as written. */
export type QuantityTerm = [low: number | null, high: number | null, system: string, code: string, unit: string];

/**
 * By the type of the parameter:
 * - token: `system|code`, the code in lower case unless it is an identifier, the system empty where there is none;
 *   `_id`: the id alone
 * - string: as it stands
 * - reference: `Type/id`, an absolute address or a URN, without its version
 * - date: a range; quantity: a range with its unit; number, uri: as it stands
 */
export type Term = string | number | Range | QuantityTerm;

/**
 * What a resource is found by: for each search parameter that it has a value for, its terms. `<parameter>:identifier`
 * has the identifiers that a reference carries, as tokens. JSON-serialisable.
 */
export type Terms = Record<string, Term[]>;

export type TermsOf = (resource: object) => Terms;

/** Terms of every supported search parameter of a resource's type. Values that make no sense for one are left out. */
export function indexer(definitions: Prepared, parameters: SearchParameters): TermsOf {
  const bound = bindings(definitions);
  return (resource) => {
    const terms: Terms = {};
    const { resourceType } = resource as { resourceType?: string };
    for (const parameter of parameters(resourceType ?? '')?.values() ?? [])
      parameter.values(resource, (value, property) => {
        add(terms, parameter.code, termsOfValue(parameter, value, property, bound));
        if (property.type === 'Reference') add(terms, `${parameter.code}:identifier`, identifierTerm(value));
      });
    return terms;
  };
}

function add(terms: Terms, code: string, found: readonly Term[]): void {
  if (found.length === 0) return;
  const known = terms[code];
  if (!known) terms[code] = [...found];
  else for (const term of found) if (typeof term !== 'string' || !known.includes(term)) known.push(term);
}

function termsOfValue({ type }: SearchParameter, value: unknown, property: Property, bound: Bindings): readonly Term[] {
  switch (type) {
    case 'token':
      return tokenTerms(value, property, bound);
    case 'string':
      return stringTerms(value);
    case 'date':
      return dateTerm(value, property.type);
    case 'quantity':
      return quantityTerm(value, property.type);
    case 'number':
      return typeof value === 'number' ? [value] : [];
    case 'uri':
      return typeof value === 'string' ? [value] : [];
    case 'reference':
      return referenceTerm(value);
    case 'composite':
    case 'special':
      return [];
    default:
      return type satisfies never;
  }
}
