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

/** All resources of our own base that a resource refers to, contained resources and extensions included, as `Type/id`. */
export function referencesOf(resource: unknown): string[] {
  const found = new Set<string>();
  collect(resource, found);
  return [...found];
}

function collect(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key];
    if (key !== 'reference' || typeof inner === 'object') collect(inner, found);
    else {
      const target = localTarget(inner);
      if (target) found.add(`${target.type}/${target.id}`);
    }
  }
}

export const isId = (text: string): boolean => idForm.test(text);
