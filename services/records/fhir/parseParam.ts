import type { FailureCode } from '../../../kernel/errors.ts';
import type { Param } from './params.ts';
import type { SearchParameter, SearchParameters } from './searchParameters.ts';
import { dateValue, numberValue, quantityValue, referenceValue, split, tokenValue, unescaped } from './values.ts';

/** One `name=value` of a search, and what is needed to understand it. */
interface Asked {
  type: string;
  name: string;
  value: string;
  known: ReadonlyMap<string, SearchParameter>;
  base: string;
  parameters: SearchParameters;
  refuse(code: FailureCode, diagnostics: string): undefined;
}

/** Modifiers of each type of parameter besides `missing`; a reference also takes the name of a resource type. */
export const modifiers: Readonly<Record<string, readonly string[]>> = {
  token: ['not'],
  string: ['exact', 'contains'],
  reference: ['identifier'],
};

/** Undefined where it was refused. */
export function paramOf(asked: Asked): Param | undefined {
  const { name, value, known, refuse } = asked;
  if (name.startsWith('_has:')) return refuse('not-supported', 'reverse chaining is not supported; use _revinclude');
  if (name.includes('.'))
    return refuse('not-supported', 'chaining is not supported; search for the other resource first');
  const [code = '', modifier, ...more] = name.split(':');
  const parameter = known.get(code);
  if (!parameter) return refuse('not-supported', `is no search parameter of ${asked.type}`);
  if (!parameter.supported) return refuse('not-supported', `${parameter.type} parameters are not supported`);
  if (more.length > 0 || !takes(parameter, modifier, asked.parameters))
    return refuse('not-supported', 'this modifier is not supported');
  if (modifier === 'missing') {
    if (value === 'true' || value === 'false') return { code, kind: 'missing', missing: value === 'true' };
    return refuse('value', 'must be true or false');
  }
  const param = valued(parameter, modifier, split(value, ','), asked.base);
  return param ?? refuse('value', `has a value that is no ${parameter.type}`);
}

function takes(
  { type, targets }: SearchParameter,
  modifier: string | undefined,
  parameters: SearchParameters,
): boolean {
  if (modifier === undefined || modifier === 'missing' || modifiers[type]?.includes(modifier)) return true;
  return type === 'reference' && parameters(modifier) !== undefined && (targets?.includes(modifier) ?? true);
}

function valued(
  { code, type }: SearchParameter,
  modifier: string | undefined,
  texts: string[],
  base: string,
): Param | undefined {
  const read = <T, K extends string>(kind: K, value: (text: string) => T | undefined) => {
    const values = texts.map(value).filter((each) => each !== undefined);
    return values.length === texts.length ? { code, kind, values } : undefined;
  };
  switch (type) {
    case 'token': {
      const param = code === '_id' ? read('id', plain) : read('token', tokenValue);
      return param && ({ ...param, not: modifier === 'not' } as Param);
    }
    case 'string': {
      const param = read('string', plain);
      return param && { ...param, how: modifier === 'exact' || modifier === 'contains' ? modifier : 'starts' };
    }
    case 'date':
      return read('date', dateValue);
    case 'number':
      return read('number', numberValue);
    case 'quantity':
      return read('quantity', quantityValue);
    case 'uri':
      return read('uri', plain);
    case 'reference': {
      if (modifier === 'identifier') {
        const param = read('token', tokenValue);
        return param && { ...param, code: `${code}:identifier`, not: false };
      }
      return read('reference', (text) => referenceValue(text, base, modifier));
    }
    default:
      return undefined;
  }
}

const plain = (text: string): string | undefined => unescaped(text) || undefined;
