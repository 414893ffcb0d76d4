import { Failure, type FailureCode, type Issue } from '../../../kernel/errors.ts';
import { paramOf } from './parseParam.ts';
import { include, type ResultParameter, resultParameters } from './parseResult.ts';
import type { Query } from './query.ts';
import type { SearchParameters } from './searchParameters.ts';

/**
 * Understands a search, wholly or not at all.
 * @param query as in the address, or in the form of a POST
 * @throws Failure with one issue for each problem, its expression the parameter's name: `not-supported` for parameters,
 * modifiers and chains that we do not have, `value` for values that cannot be read
 */
export type ParseSearch = (type: string, query: string | URLSearchParams) => Query;

/** Names of parameters; anything longer or stranger is not repeated. */
const nameForm = /^[\w:.-]{1,100}$/;

/** @param base address of our FHIR base, without a slash at its end */
export function searchParser(parameters: SearchParameters, base: string): ParseSearch {
  return (type, query) => {
    const known = parameters(type);
    if (!known) throw new Failure('not-supported', 'There is no such resource type in FHIR R4.');
    const parsed: Query = { type, params: [], sort: [], offset: 0, includes: [], revincludes: [] };
    const issues: Issue[] = [];
    for (const [name, value] of new URLSearchParams(query)) {
      const shown = nameForm.test(name) ? name : '?';
      const refuse = (code: FailureCode, diagnostics: string): undefined => {
        issues.push({ code, diagnostics: `${shown}: ${diagnostics}`, expression: [shown] });
      };
      const result: ResultParameter | undefined = Object.hasOwn(resultParameters, name)
        ? resultParameters[name]
        : include(name);
      if (result) {
        result({ query: parsed, value, parameters, refuse });
        continue;
      }
      const param = paramOf({ type, name, value, known, base, parameters, refuse });
      if (param) parsed.params.push(param);
    }
    const [first] = issues;
    if (first) throw new Failure(first.code, first.diagnostics, { issues });
    return parsed;
  };
}
