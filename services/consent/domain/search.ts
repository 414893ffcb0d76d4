import { Failure } from '../../../kernel/errors.ts';

/** A search on Consent, as far as this service knows it. */
export interface ConsentSearch {
  /** The query with the patient filled in, for the links of its pages. */
  query: string;
  patient?: string;
  ids?: string[];
  statuses?: string[];
  count: number;
  offset: number;
}

const defaultCount = 20;
const mostCount = 500;
const known = ['patient', 'subject', 'status', '_id', '_count', '_offset', '_format', '_pretty', '_total'];

/**
 * Reads a query string. Throws Failure `not-supported` for parameters it does not know and `value` for wrong values.
 * @param own whose consents, where the query names nobody
 */
export function parseConsentSearch(query: string, fhirBase: string, own: string | undefined): ConsentSearch {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (known.includes(name)) continue;
    const message = `The search parameter ${name} is not supported for Consent; patient, status, _id and _count are.`;
    throw new Failure('not-supported', message, { expression: [name] });
  }
  const named = parameters.get('patient') ?? parameters.get('subject');
  const ids = listOf(parameters, '_id');
  const patient = named === null ? (ids ? undefined : own) : patientId(named, fhirBase);
  const statuses = listOf(parameters, 'status')?.map(statusCode);
  return {
    query: parameters.toString(),
    count: wholeNumber(parameters, '_count', defaultCount, mostCount),
    offset: wholeNumber(parameters, '_offset', 0, Number.MAX_SAFE_INTEGER),
    ...(patient && { patient }),
    ...(ids && { ids }),
    ...(statuses && { statuses }),
  };
}

function listOf(parameters: URLSearchParams, name: string): string[] | undefined {
  const [first, ...others] = parameters.getAll(name).map((value) => value.split(','));
  if (!first) return undefined;
  return others.reduce((both, values) => both.filter((value) => values.includes(value)), first);
}

/** A token with or without its system. */
const statusCode = (token: string) => token.slice(token.lastIndexOf('|') + 1);

function patientId(value: string, fhirBase: string): string {
  const local = value.startsWith(`${fhirBase}/`) ? value.slice(fhirBase.length + 1) : value;
  const [, id] = /^(?:Patient\/)?([A-Za-z0-9.-]{1,64})$/.exec(local) ?? [];
  if (id) return id;
  throw new Failure('value', 'patient is Patient/<id>, or the id alone.', { expression: ['patient'] });
}

function wholeNumber(parameters: URLSearchParams, name: string, otherwise: number, most: number): number {
  const text = parameters.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new Failure('value', `${name} is a whole number.`, { expression: [name] });
  return Math.min(Number(text), most);
}
