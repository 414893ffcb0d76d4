import type { FailureCode } from '../../../kernel/errors.ts';
import { folded } from './match.ts';
import type { Param, StringMatch } from './params.ts';
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
  return (
    valued(parameter, modifier, split(value, ','), asked.base) ??
    refuse('value', `has a value that is no ${parameter.type}`)
  );
}

function takes(
  { type, targets }: SearchParameter,
  modifier: string | undefined,
  parameters: SearchParameters,
): boolean {
  if (modifier === undefined || modifier === 'missing' || modifiers[type]?.includes(modifier)) return true;
  return type === 'reference' && parameters(modifier) !== undefined && (targets?.includes(modifier) ?? true);
}

function valued(parameter: SearchParameter, modifier: string | undefined, texts: string[], base: string) {
  const { code, type } = parameter;
  switch (type) {
    case 'token':
      return tokenParam(parameter, modifier, texts);
    case 'string': {
      const how: StringMatch = modifier === 'exact' || modifier === 'contains' ? modifier : 'starts';
      return param(code, 'string', texts.map(wordy), { how });
    }
    case 'date':
      return param(code, 'date', texts.map(dateValue));
    case 'number':
      return param(code, 'number', texts.map(numberValue));
    case 'quantity':
      return param(code, 'quantity', texts.map(quantityValue));
    case 'uri':
      return param(code, 'uri', texts.map(plain));
    case 'reference':
      return referenceParam(code, modifier, texts, base);
    default:
      return undefined;
  }
}

/** Undefined where any value could not be read. */
function param<K extends string, V, M extends object>(code: string, kind: K, read: (V | undefined)[], more?: M) {
  const values = read.filter((each) => each !== undefined);
  return values.length === read.length ? { code, kind, values, ...(more as M) } : undefined;
}

function tokenParam({ code, isIdentifier }: SearchParameter, modifier: string | undefined, texts: string[]) {
  const not = modifier === 'not';
  if (code === '_id') return param(code, 'id', texts.map(plain), { not });
  const values = texts.map((text) => tokenValue(text, isIdentifier));
  return param(code, 'token', values, { not });
}

function referenceParam(code: string, modifier: string | undefined, texts: string[], base: string) {
  if (modifier !== 'identifier') {
    const values = texts.map((text) => referenceValue(text, base, modifier));
    return param(code, 'reference', values);
  }
  const values = texts.map((text) => tokenValue(text, true));
  return param(`${code}:identifier`, 'token', values, { not: false });
}

/** Something that is left without accents and spaces: nothing would be the beginning of everything. */
const wordy = (text: string): string | undefined => (folded(unescaped(text)) ? unescaped(text) : undefined);

const plain = (text: string): string | undefined => unescaped(text) || undefined;
