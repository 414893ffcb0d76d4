import type { Range } from './dates.ts';
import type { DateValue, NumberValue, Param, Prefix, QuantityValue, ReferenceValue, TokenValue } from './params.ts';
import type { Include, Query } from './query.ts';
import type { QuantityTerm, Term, Terms } from './terms.ts';

/** Whether a resource with these terms is an answer. */
export function matches({ params }: Query, terms: Terms): boolean {
  return params.every((param) => matchesParam(param, terms[param.code] ?? none));
}

const none: readonly Term[] = [];

function matchesParam(param: Param, terms: readonly Term[]): boolean {
  switch (param.kind) {
    case 'missing':
      return (terms.length === 0) === param.missing;
    case 'token':
      return terms.some((term) => param.values.some((value) => isToken(value, term as string))) !== param.not;
    case 'id':
      return terms.some((term) => param.values.includes(term as string)) !== param.not;
    case 'string':
      return matchesString(param, terms as readonly string[]);
    case 'date':
      return terms.some((term) => param.values.some((value) => isDate(value, term as Range)));
    case 'number':
      return terms.some((term) => param.values.some((value) => isNumber(value, term as number, term as number)));
    case 'quantity':
      return terms.some((term) => param.values.some((value) => isQuantity(value, term as QuantityTerm)));
    case 'reference':
      return terms.some((term) => param.values.some((value) => isReference(value, term as string)));
    case 'uri':
      return terms.some((term) => param.values.includes(term as string));
    default:
      return param satisfies never;
  }
}

function isToken({ system, code }: TokenValue, term: string): boolean {
  if (code === undefined) return system !== undefined && term[system.length] === '|' && term.startsWith(system);
  const before = term.length - code.length - 1;
  if (term[before] !== '|' || !term.endsWith(code)) return false;
  return system === undefined || (before === system.length && term.startsWith(system));
}

function matchesString({ how, values }: Param & { kind: 'string' }, terms: readonly string[]): boolean {
  if (how === 'exact') return terms.some((term) => values.includes(term));
  const wanted = values.map(folded);
  return terms.some((term) => {
    const text = folded(term);
    return wanted.some((value) => (how === 'contains' ? text.includes(value) : text.startsWith(value)));
  });
}

/** Without case, accents and doubled spaces. */
export function folded(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  const plain = /^[\x00-\x7f]*$/.test(text) ? text : text.normalize('NFKD').replace(/\p{M}/gu, '');
  return plain.toLowerCase().replace(/\s+/g, ' ').trim();
}

/** R4, 3.1.1.4.7: both sides are ranges. `ap` reaches one more length of the asked date to either side. */
function isDate({ prefix, start, end }: DateValue, [from, until]: Range): boolean {
  const length = end - start;
  return compares(prefix, [start, end], [from ?? -Infinity, until ?? Infinity], [start - length, end + length]);
}

type Bounds = readonly [low: number, high: number];

/** `asked` and `own` as half-open ranges; `near` is what `ap` takes for close enough. */
function compares(prefix: Prefix, asked: Bounds, [low, high]: Bounds, near: Bounds): boolean {
  const [from, until] = asked;
  const isWithin = from <= low && high <= until;
  switch (prefix) {
    case 'eq':
      return isWithin;
    case 'ne':
      return !isWithin;
    case 'gt':
      return high > until;
    case 'lt':
      return low < from;
    case 'ge':
      return high > until || isWithin;
    case 'le':
      return low < from || isWithin;
    case 'sa':
      return low >= until;
    case 'eb':
      return high <= from;
    case 'ap':
      return low < near[1] && high > near[0];
    default:
      return prefix satisfies never;
  }
}

/** Comparisons take the number exactly, `eq` and `ne` to its digits, `ap` within a tenth. */
function isNumber({ prefix, value, low, high }: NumberValue, from: number, until: number): boolean {
  switch (prefix) {
    case 'eq':
      return low <= from && until < high;
    case 'ne':
      return !(low <= from && until < high);
    case 'gt':
      return until > value;
    case 'lt':
      return from < value;
    case 'ge':
      return until >= value;
    case 'le':
      return from <= value;
    case 'sa':
      return from > value;
    case 'eb':
      return until < value;
    case 'ap':
      return from <= Math.max(value * 1.1, value * 0.9, high) && until >= Math.min(value * 0.9, value * 1.1, low);
    default:
      return prefix satisfies never;
  }
}

function isQuantity(asked: QuantityValue, [low, high, system, code, unit]: QuantityTerm): boolean {
  if (asked.system !== undefined && asked.system !== system) return false;
  if (asked.code !== undefined && asked.code !== code && (asked.system !== undefined || asked.code !== unit))
    return false;
  return isNumber(asked, low ?? -Infinity, high ?? Infinity);
}

/** An id alone names a resource of our own base, of whatever type. */
function isReference(value: ReferenceValue, term: string): boolean {
  if ('reference' in value) return term === value.reference;
  return term.endsWith(`/${value.id}`) && term.indexOf('/') === term.length - value.id.length - 1;
}

/** What an include leads to from a resource with these terms, as `Type/id`. */
export function includedBy({ source, params, target }: Include, type: string, terms: Terms): string[] {
  if (source !== type) return [];
  const references = params.flatMap((code) => (terms[code] ?? none) as readonly string[]);
  return references.filter((each) => /^[A-Z]\w+\/[^/]+$/.test(each) && (!target || each.startsWith(`${target}/`)));
}
