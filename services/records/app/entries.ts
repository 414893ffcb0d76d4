import { isResourceType } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Interaction, Target } from './interaction.ts';

/** A read in a bundle: the URL below the base. */
export interface Read {
  kind: 'get';
  url: string;
}
export type Requested = Interaction | Read;

export const isRead = (requested: Requested): requested is Read => requested.kind === 'get';

interface Entry {
  fullUrl?: unknown;
  resource?: unknown;
  request?: { method?: unknown; url?: unknown; ifNoneExist?: unknown; ifMatch?: unknown };
}

/**
 * What an entry of a batch or transaction asks for (FHIR R4 §3.1.0.11).
 * @throws Failure `structure`, `required`, `not-supported` with the entry's path
 */
export function parseEntry(value: unknown, index: number): Requested {
  const path = `Bundle.entry[${index}]`;
  if (typeof value !== 'object' || value === null) throw fault('structure', 'This is no entry.', path);
  const { fullUrl, resource, request } = value as Entry;
  if (typeof request?.method !== 'string' || typeof request.url !== 'string')
    throw fault('required', 'An entry needs request.method and request.url.', `${path}.request`);
  const { method, url } = request as { method: string; url: string };
  if (method === 'GET' || method === 'HEAD') return { kind: 'get', url };
  const { type, id, query } = parseUrl(url, `${path}.request.url`);
  const named = { type, entry: path, ...(typeof fullUrl === 'string' && { fullUrl }) };
  const target = targetOf(id, query, request.ifMatch, `${path}.request.ifMatch`);
  switch (method) {
    case 'POST':
      if (id !== undefined) throw fault('not-supported', 'POST goes to a type.', `${path}.request.url`);
      return { ...named, kind: 'create', resource, ...conditionOf(request.ifNoneExist) };
    case 'PUT':
      return { ...named, ...target, kind: 'update', resource };
    case 'PATCH':
      return { ...named, ...target, kind: 'patch', patch: patchOf(resource, `${path}.resource`) };
    case 'DELETE':
      return { ...named, ...target, kind: 'delete' };
    default:
      throw fault('not-supported', `The method ${method} is not supported.`, `${path}.request.method`);
  }
}

/** `Type`, `Type/id` or `Type?query`. */
function parseUrl(url: string, path: string): { type: string; id?: string; query?: string } {
  const [, type, id, query] = /^\/?([A-Za-z]+)(?:\/([A-Za-z0-9.-]{1,64}))?(?:\?(.*))?$/.exec(url) ?? [];
  if (!type || !isResourceType(type)) throw fault('not-supported', 'This is no resource type of FHIR R4.', path);
  return { type, ...(id !== undefined && { id }), ...(query !== undefined && { query }) };
}

function targetOf(id: string | undefined, query: string | undefined, ifMatch: unknown, path: string): Target {
  const target = id === undefined ? { query: query ?? '' } : { id };
  if (ifMatch === undefined) return target;
  const version = typeof ifMatch === 'string' ? versionOf(ifMatch) : undefined;
  if (version === undefined) throw fault('value', 'ifMatch is a version in the form W/"1".', path);
  return { ...target, ifMatch: version };
}

/** The version in an entity tag, weak or not; undefined where it is none of ours. */
export function versionOf(etag: string): number | undefined {
  const [, version] = /^(?:W\/)?"(\d{1,9})"$/.exec(etag.trim()) ?? [];
  return version === undefined ? undefined : Number(version);
}

const conditionOf = (ifNoneExist: unknown) =>
  typeof ifNoneExist === 'string' ? { ifNoneExist: ifNoneExist.replace(/^\?/, '') } : {};

/** A JSON Patch in a bundle is the data of a Binary (FHIR R4 §3.1.0.6.1). */
function patchOf(resource: unknown, path: string): unknown {
  const { contentType, data } = (resource ?? {}) as { contentType?: unknown; data?: unknown };
  if (contentType !== 'application/json-patch+json' || typeof data !== 'string')
    throw fault('not-supported', 'A patch is a Binary with a JSON Patch (application/json-patch+json).', path);
  try {
    return JSON.parse(Buffer.from(data, 'base64').toString());
  } catch (cause) {
    throw new Failure('structure', 'The patch is not JSON.', { cause, expression: [path] });
  }
}

const fault = (code: 'structure' | 'required' | 'value' | 'not-supported', message: string, path: string) =>
  new Failure(code, message, { expression: [path] });
