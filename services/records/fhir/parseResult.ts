import type { FailureCode } from '../../../kernel/errors.ts';
import type { Include, Query, Summary } from './query.ts';
import type { SearchParameters } from './searchParameters.ts';

/** A parameter about the answer: writes what it says into the query. */
export type ResultParameter = (asked: {
  query: Query;
  value: string;
  parameters: SearchParameters;
  refuse(code: FailureCode, diagnostics: string): undefined;
}) => void;

const ignored: ResultParameter = () => {};

const summaries: readonly string[] = ['true', 'text', 'data', 'count', 'false'];
const totals: readonly string[] = ['none', 'estimate', 'accurate'];

export const resultParameters: Readonly<Record<string, ResultParameter>> = {
  _format: ignored,
  _pretty: ignored,
  _count({ query, value, refuse }) {
    if (/^\d{1,9}$/.test(value)) query.count = Number(value);
    else refuse('value', 'must be a whole number from 0 on');
  },
  _offset({ query, value, refuse }) {
    if (/^\d{1,9}$/.test(value)) query.offset = Number(value);
    else refuse('value', 'must be a whole number from 0 on');
  },
  _cursor({ query, value }) {
    query.cursor = value;
  },
  _summary({ query, value, refuse }) {
    if (summaries.includes(value)) query.summary = value as Summary;
    else refuse('value', `must be one of ${summaries.join(', ')}`);
  },
  _total({ query, value, refuse }) {
    if (totals.includes(value)) query.total = value as NonNullable<Query['total']>;
    else refuse('value', `must be one of ${totals.join(', ')}`);
  },
  _elements({ query, value, refuse }) {
    const elements = value.split(',').map((each) => each.replace(`${query.type}.`, ''));
    if (elements.every((each) => /^\w+$/.test(each))) query.elements = elements;
    else refuse('value', 'must be names of elements at the top of the resource');
  },
  _sort({ query, value, parameters, refuse }) {
    for (const part of value.split(',')) {
      const code = part.replace(/^-/, '');
      const parameter = parameters(query.type)?.get(code);
      if (!parameter?.supported) refuse('not-supported', `cannot sort ${query.type} by this`);
      else query.sort.push({ code, type: parameter.type, descending: part.startsWith('-') });
    }
  },
};

const includes = /^_(rev)?include(:iterate|:recurse)?$/;

/** `_include` and `_revinclude`, with or without `:iterate` (before R4: `:recurse`). Undefined: the name is neither. */
export function include(name: string): ResultParameter | undefined {
  const match = includes.exec(name);
  if (!match) return undefined;
  return ({ query, value, parameters, refuse }) => {
    const parsed = includeOf(value, query.type, parameters, match[2] !== undefined);
    if (parsed) query[match[1] ? 'revincludes' : 'includes'].push(parsed);
    else refuse('value', 'must be Type:parameter or Type:parameter:Target of a reference');
  };
}

function includeOf(value: string, type: string, parameters: SearchParameters, iterate: boolean): Include | undefined {
  const [source = '', code = '*', target, ...more] = value === '*' ? [type] : value.split(':');
  const known = parameters(source);
  if (!known || more.length > 0 || (target && !parameters(target))) return undefined;
  const params = [...known.values()].filter(
    (each) => each.type === 'reference' && (code === '*' || code === each.code),
  );
  if (params.length === 0) return undefined;
  return { source, params: params.map((each) => each.code), ...(target && { target }), iterate };
}
