import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { Issue } from '../../../kernel/errors.ts';
import { invalid } from '../shape.ts';
import type { ConstantDefinition } from './schema.ts';

/** The constants of a view by name, as FHIRPath values. */
export type Constants = Readonly<Record<string, unknown>>;

/** Names that FHIRPath defines itself. */
export const reserved: ReadonlySet<string> = new Set(['resource', 'rootResource', 'context', 'ucum', 'sct', 'loinc']);

/** @throws Failure `invalid` on a constant without a value or with several, and on a name that is taken */
export function readConstants(definitions: readonly ConstantDefinition[]): Constants {
  const issues: Issue[] = [];
  const constants: Record<string, unknown> = Object.create(null);
  for (const [index, { name, ...values }] of definitions.entries()) {
    const wrong = (diagnostics: string) =>
      issues.push({ code: 'value', diagnostics, expression: [`constant[${index}]`] });
    const [value, ...more] = Object.entries(values);
    if (!value) wrong('has no value');
    else if (more.length) wrong('has more than one value');
    else if (name in constants || reserved.has(name)) wrong('has a name that is taken');
    else constants[name] = constantOf(...value);
  }
  if (issues.length) throw invalid('view', issues);
  return constants;
}

/** Dates and times are values of their own in FHIRPath, which no text equals. */
function constantOf(element: string, value: unknown): unknown {
  if (element === 'valueDate') return literal(`@${value}`);
  if (element === 'valueTime') return literal(`@T${value}`);
  if (element === 'valueDateTime' || element === 'valueInstant')
    return literal(String(value).includes('T') ? `@${value}` : `@${value}T`);
  return value;
}

const literal = (text: string): unknown => fhirpath.evaluate({}, text, {}, r4, { resolveInternalTypes: false })[0];
