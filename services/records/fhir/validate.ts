import type { Resource } from '@medplum/fhirtypes';
import { Failure } from '../../../kernel/errors.ts';
import { bindings } from './bindings.ts';
import { checkRoot } from './check.ts';
import { Issues } from './issues.ts';
import type { Prepared } from './prepared.ts';
import type { Shapes } from './shapes.ts';

/**
 * Checks a resource against the R4 base definitions: elements, cardinality, types and forms, required bindings,
 * references, extensions, contained resources.
 * @param expectedType the only resource type that will do
 * @returns the same object
 * @throws Failure with one issue for each problem and the FHIRPath of its element: `structure`, `required`, `value`,
 * `invalid` (another type), `not-supported` (no type of R4, conditional reference)
 */
export type Validate = (resource: unknown, expectedType?: string) => Resource;

export function validator(definitions: Prepared, shapes: Shapes): Validate {
  const bound = bindings(definitions);
  return (resource, expectedType) => {
    const issues = new Issues();
    checkRoot(resource, expectedType, { shapes, bound, issues, contained: new Set() });
    const [first, ...others] = issues.found;
    if (!first) return resource as Resource;
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    throw new Failure(first.code, `${first.expression?.[0]}: ${first.diagnostics}${more}`, { issues: issues.found });
  };
}
