import type { Failure } from '../../../kernel/errors.ts';
import { failures } from '../../../kernel/errors.ts';
import { operationOutcome } from '../../../kernel/rest/problems.ts';
import type { Outcome } from './interaction.ts';
import type { Version } from './resources.ts';

// Bundles are put together of the stored JSON texts: nothing that was written once is parsed to be answered.

/** A resource in a searchset. */
export interface Match {
  type: string;
  id: string;
  json: string;
  mode: 'match' | 'include';
}

/** A page of a searchset; `total` counts what the caller may read. */
export interface Page {
  total?: number;
  matches: Match[];
  links: { relation: 'self' | 'next' | 'previous'; url: string }[];
}

export function searchset({ total, matches, links }: Page, fhirBase: string): string {
  const head = { resourceType: 'Bundle', type: 'searchset', ...(total !== undefined && { total }), link: links };
  const entries = matches.map(({ type, id, json, mode }) => {
    return `{"fullUrl":${JSON.stringify(`${fhirBase}/${type}/${id}`)},"resource":${json},"search":{"mode":"${mode}"}}`;
  });
  return withEntries(head, entries);
}

/** Resources as one that is handed over whole. */
export function collection(
  head: object,
  entries: readonly Pick<Match, 'type' | 'id' | 'json'>[],
  fhirBase: string,
): string {
  const texts = entries.map(({ type, id, json }) => {
    return `{"fullUrl":${JSON.stringify(`${fhirBase}/${type}/${id}`)},"resource":${json}}`;
  });
  return withEntries({ resourceType: 'Bundle', ...head, type: 'collection' }, texts);
}

/** FHIR R4 §3.1.0.9: newest first; a deletion has no resource. */
export function historyBundle(versions: readonly Version[], fhirBase: string): string {
  const entries = versions.map(({ version, event: { type, resourceType, id, json, at } }) => {
    const deleted = type === 'ResourceDeleted';
    const method = deleted ? 'DELETE' : version === 1 ? 'POST' : 'PUT';
    const url = method === 'POST' ? resourceType : `${resourceType}/${id}`;
    const status = { DELETE: '204', POST: '201', PUT: '200' }[method];
    const response = { status, etag: etag(version), lastModified: new Date(at).toISOString() };
    const rest = JSON.stringify({ request: { method, url }, response }).slice(1);
    const resource = deleted ? '' : `"resource":${json},`;
    return `{"fullUrl":${JSON.stringify(`${fhirBase}/${resourceType}/${id}`)},${resource}${rest}`;
  });
  return withEntries({ resourceType: 'Bundle', type: 'history', total: versions.length }, entries);
}

const statusTexts: Record<number, string> = { 200: '200 OK', 201: '201 Created', 204: '204 No Content' };

/** One entry of a transaction or batch response. */
export function writtenEntry(outcome: Outcome, representation: boolean): string {
  const { status, version, at, json } = outcome;
  const response = {
    status: statusTexts[status] ?? String(status),
    ...(status !== 204 && { location: locationOf(outcome) }),
    ...(version > 0 && { etag: etag(version), lastModified: new Date(at).toISOString() }),
  };
  const resource = representation && json ? `"resource":${json},` : '';
  return `{${resource}"response":${JSON.stringify(response)}}`;
}

/** A read in a batch or transaction, answered. */
export const readEntry = (json: string): string => `{"resource":${json},"response":{"status":"200 OK"}}`;

export function failedEntry(failure: Failure): string {
  const response = { status: String(failures[failure.code][0]), outcome: operationOutcome(failure) };
  return JSON.stringify({ response });
}

export const responseBundle = (type: 'transaction' | 'batch', entries: readonly string[]): string =>
  withEntries({ resourceType: 'Bundle', type: `${type}-response` }, entries);

/** FHIR's version-aware location, relative to the base. */
export const locationOf = ({ resourceType, id, version }: Outcome): string =>
  version > 0 ? `${resourceType}/${id}/_history/${version}` : `${resourceType}/${id}`;

export const etag = (version: number): string => `W/"${version}"`;

function withEntries(head: object, entries: readonly string[]): string {
  if (entries.length === 0) return JSON.stringify(head);
  return `${JSON.stringify(head).slice(0, -1)},"entry":[${entries.join(',')}]}`;
}
