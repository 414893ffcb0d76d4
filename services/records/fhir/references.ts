import type { FailureCode } from '../../../kernel/errors.ts';
import { idForm } from './primitives.ts';

const relative = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const absolute = /^https?:\/\/[^\s/]+(?:\/[^\s]*)?$/;
const atItsEnd = /\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const urn = /^urn:(?:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|oid:[0-2](?:\.(?:0|[1-9]\d*))+)$/i;

export interface Target {
  type: string;
  id: string;
}

/** The resource of our own base that a reference names, whatever its version; undefined for every other reference. */
export function localTarget(reference: unknown): Target | undefined {
  const match = typeof reference === 'string' ? relative.exec(reference) : undefined;
  return match ? { type: match[1]!, id: match[2]! } : undefined;
}

/** What is wrong with the text of a reference, or with the type of what it names; undefined: nothing. */
export function wrongReference(
  reference: string,
  isResourceType: (type: string) => boolean,
  targets: readonly string[] | undefined,
): { code: FailureCode; text: string } | undefined {
  const near = relative.exec(reference);
  if (!near && urn.test(reference)) return undefined;
  if (!near && /^[A-Z][A-Za-z]+\?/.test(reference))
    return { code: 'not-supported', text: 'a conditional reference can be resolved in a transaction only' };
  if (!near && !absolute.test(reference))
    return { code: 'value', text: 'must be Type/id, an absolute URL, urn:uuid:, urn:oid: or #id' };
  const type = (near ?? atItsEnd.exec(reference))?.[1];
  if (near && !isResourceType(type!)) return { code: 'value', text: 'names no resource type of FHIR R4' };
  if (type && isResourceType(type) && targets && !targets.includes(type))
    return { code: 'value', text: `must lead to ${targets.join(', ')}` };
  return undefined;
}

/** Every value of a resource that stands where a reference does, contained resources and extensions included. */
export function eachReference(value: unknown, found: (reference: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key];
    if (key === 'reference' && typeof inner === 'string') found(inner);
    else if (typeof inner === 'object') eachReference(inner, found);
  }
}

/** All resources of our own base that a resource refers to, as `Type/id`, each once. */
export function referencesOf(resource: unknown): string[] {
  const found = new Set<string>();
  eachReference(resource, (reference) => {
    const target = localTarget(reference);
    if (target) found.add(`${target.type}/${target.id}`);
  });
  return [...found];
}

/**
 * A copy of a resource in which absolute references into our own base have become relative ones, so that nobody slips
 * past a compartment by writing out our address. The resource itself where there are none.
 * @param base address of our FHIR base, without a slash at its end
 */
export function localised<T>(resource: T, base: string): T {
  const prefix = `${base}/`;
  let needed = false;
  eachReference(resource, (reference) => (needed ||= reference.startsWith(prefix)));
  if (!needed) return resource;
  const text = JSON.stringify(resource, (key, value) =>
    key === 'reference' && typeof value === 'string' && value.startsWith(prefix) ? value.slice(prefix.length) : value,
  );
  return JSON.parse(text) as T;
}

export const isId = (text: string): boolean => idForm.test(text);
