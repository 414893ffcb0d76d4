import { Failure } from '../../../kernel/errors.ts';
import { localTarget } from '../fhir/references.ts';

/** What stands in for a reference: called for each one with its FHIRPath. */
export type Resolve = (reference: string, path: string) => string;

/** Deeper than any resource of FHIR is; a body that is deeper is an attack on the stack. */
const deepest = 100;

/**
 * A copy of a resource with each of its references replaced by what `resolve` says.
 * @param path FHIRPath of the resource: its type
 * @throws Failure `structure` where it is nested too deeply to be a resource
 */
export function withReferences(resource: object, path: string, resolve: Resolve): object {
  return copied(resource, path, resolve, deepest) as object;
}

function copied(value: unknown, path: string, resolve: Resolve, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) throw new Failure('structure', 'The resource is nested too deeply.', { expression: [path] });
  if (Array.isArray(value)) return value.map((item, index) => copied(item, `${path}[${index}]`, resolve, depth - 1));
  const copy: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) {
    const at = `${path}.${name}`;
    const isReference = name === 'reference' && typeof child === 'string';
    copy[name] = isReference ? resolve(child, at) : copied(child, at, resolve, depth - 1);
  }
  return copy;
}

/** `Type/id` of a literal reference to a resource of our own, without its version; undefined for any other. */
export function localReference(reference: string): string | undefined {
  const target = localTarget(reference);
  return target && `${target.type}/${target.id}`;
}

/** `Type?search` of a conditional reference. */
export const isConditional = (reference: string): boolean => /^[A-Z][A-Za-z]+\?./.test(reference);
