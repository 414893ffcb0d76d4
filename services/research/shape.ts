import type { Static, TSchema } from 'typebox';
import Value from 'typebox/value';
import { Failure, type Issue } from '../../kernel/errors.ts';

/**
 * A document that has the shape of its schema.
 * @param what names the document in the error's text
 * @throws Failure `invalid` with one issue for each element that is wrong; an element that the schema does not know is
 *   `not-supported` and named. Values are never repeated.
 */
export function shaped<S extends TSchema>(schema: S, document: unknown, what: string): Static<S> {
  const issues = Value.Errors(schema, document).flatMap(issuesOf);
  if (issues.length) throw invalid(what, issues);
  return document as Static<S>;
}

/** One failure of several issues, whose text names them all. */
export function invalid(what: string, issues: Issue[]): Failure {
  const code = issues.every((issue) => issue.code === 'not-supported') ? 'not-supported' : 'invalid';
  const told = issues.map(({ diagnostics, expression }) => `${expression?.[0] || 'it'} ${diagnostics}`);
  return new Failure(code, `The ${what} is not valid: ${told.join('; ')}.`, { issues });
}

type Wrong = ReturnType<typeof Value.Errors>[number];

function issuesOf({ keyword, instancePath, params, message }: Wrong): Issue[] {
  const known = params as { requiredProperties?: string[]; additionalProperties?: string[] };
  const at = (name?: string) => [pathOf(name === undefined ? instancePath : `${instancePath}/${name}`)];
  if (keyword === 'required')
    return known.requiredProperties!.map((name) => ({
      code: 'required',
      diagnostics: 'is missing',
      expression: at(name),
    }));
  if (keyword === 'additionalProperties')
    return known.additionalProperties!.map((name) => ({
      code: 'not-supported',
      diagnostics: 'is not supported',
      expression: at(name),
    }));
  // what `additionalProperties` and the members of a union say more precisely
  if (keyword === 'boolean' || keyword === 'const') return [];
  return [{ code: 'value', diagnostics: message, expression: at() }];
}

/** A JSON pointer as a FHIRPath. */
const pathOf = (pointer: string): string =>
  pointer
    .slice(1)
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.');
