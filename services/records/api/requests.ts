import type { FastifyRequest } from 'fastify';
import { isResourceType } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Caller } from '../app/caller.ts';
import { versionOf } from '../app/entries.ts';

/** Who asks, of a request whose token was verified. */
export function callerOf({ actor, bearer, id, ip }: FastifyRequest): Caller {
  return { actor: actor!, token: bearer!, request: id, address: ip };
}

/** The resource type of a URL. Throws Failure `not-found` where FHIR R4 has none of this name. */
export function typeOf({ params }: FastifyRequest): string {
  const { type } = params as { type: string };
  if (isResourceType(type)) return type;
  throw new Failure('not-found', 'This is no resource type of FHIR R4.');
}

/** The id of a URL. Throws Failure `value`, or `not-supported` for an interaction or operation that is not there. */
export function idOf({ params }: FastifyRequest): string {
  const { id } = params as { id: string };
  if (/^[A-Za-z0-9.-]{1,64}$/.test(id)) return id;
  if (/^[$_]/.test(id)) throw new Failure('not-supported', 'There is no such interaction or operation here.');
  throw new Failure('value', 'This is no id: letters, digits, "-" and ".", at most 64.');
}

/** The version of a URL. Throws Failure `not-found` for what is no version of ours. */
export function versionIn({ params }: FastifyRequest): number {
  const version = Number((params as { version: string }).version);
  if (Number.isSafeInteger(version) && version > 0) return version;
  throw new Failure('not-found', 'The resource has no such version.');
}

/** The query as it was asked, without its question mark. */
export function queryOf({ url }: FastifyRequest): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

/** If-Match. Throws Failure `value` for what is no version of ours. */
export function ifMatchOf(request: FastifyRequest): { ifMatch?: number } {
  const header = headerOf(request, 'if-match');
  if (header === undefined) return {};
  const ifMatch = versionOf(header);
  if (ifMatch === undefined) throw new Failure('value', 'If-Match is a version in the form W/"1".');
  return { ifMatch };
}

/** If-None-Exist, the search without its question mark. */
export function ifNoneExistOf(request: FastifyRequest): { ifNoneExist?: string } {
  const header = headerOf(request, 'if-none-exist');
  return header === undefined ? {} : { ifNoneExist: header.replace(/^\?/, '') };
}

/** Idempotency-Key. Throws Failure `value` where it is longer than anybody needs. */
export function keyOf(request: FastifyRequest): string | undefined {
  const key = headerOf(request, 'idempotency-key');
  if (key === '' || (key && key.length > 200))
    throw new Failure('value', 'An Idempotency-Key has 1 to 200 characters.', { expression: ['Idempotency-Key'] });
  return key;
}

/** FHIR R4 §3.1.0.1.5 */
export function preferenceOf(request: FastifyRequest): string | undefined {
  return /\breturn=(minimal|representation|OperationOutcome)\b/.exec(headerOf(request, 'prefer') ?? '')?.[1];
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const header = headers[name];
  return Array.isArray(header) ? header[0] : header;
}
