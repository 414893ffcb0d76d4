import { askedRange } from './dates.ts';
import type { DateValue, NumberValue, Prefix, QuantityValue, ReferenceValue, TokenValue } from './params.ts';
import { isId } from './references.ts';

/** Reads the values of search parameters (R4, 3.1.1.4): each returns undefined where the text is no such value. */

/** Splits at a separator that no backslash takes away; the parts keep theirs. */
export function split(text: string, separator: ',' | '|'): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

export const unescaped = (text: string): string => text.replace(/\\([\\,|$])/g, '$1');

/** @param isIdentifier keeps upper and lower case apart */
export function tokenValue(text: string, isIdentifier: boolean): TokenValue | undefined {
  const [first, second, ...more] = split(text, '|').map(unescaped);
  if (more.length > 0 || text === '|' || text === '') return undefined;
  const cased = (code: string) => (isIdentifier ? code : code.toLowerCase());
  if (second === undefined) return { code: cased(first!) };
  return { system: first!, ...(second !== '' && { code: cased(second) }) };
}

const prefixed = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/s;

function withPrefix(text: string): [Prefix, string] {
  const [, prefix = 'eq', rest] = prefixed.exec(text)!;
  return [prefix as Prefix, rest!];
}

/** A space in a date is a plus sign that was not escaped in the address. */
export function dateValue(text: string): DateValue | undefined {
  const [prefix, date] = withPrefix(text);
  const range = askedRange(date.replace(' ', '+'));
  return range && { prefix, start: range[0], end: range[1] };
}

const numberForm = /^[+-]?\d+(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

export function numberValue(text: string): NumberValue | undefined {
  const [prefix, digits] = withPrefix(text);
  const match = numberForm.exec(digits);
  if (!match) return undefined;
  const value = Number(digits);
  const exponent = Number(match[2] ?? 0) - (match[1]?.length ?? 0);
  const half = 5 * 10 ** (exponent - 1);
  return { prefix, value, low: tidy(value - half), high: tidy(value + half) };
}

/** Without the noise of binary fractions: 5.35, not 5.3500000000000005. */
const tidy = (value: number): number => Number(value.toPrecision(15));

/** `5.4`, `5.4|system|code`, `5.4||unit` */
export function quantityValue(text: string): QuantityValue | undefined {
  const [number = '', system, code, ...more] = split(text, '|').map(unescaped);
  const value = numberValue(number);
  if (!value || more.length > 0) return undefined;
  return { ...value, ...(system && { system }), ...(code && { code }) };
}

/**
 * `id`, `Type/id`, an absolute address (ours becomes relative) or a URN; versions are cut off.
 * @param type that the parameter's modifier names
 */
export function referenceValue(text: string, base: string, type: string | undefined): ReferenceValue | undefined {
  const whole = unescaped(text).replace(/\/_history\/[^/]+$|\|[^|]*$/, '');
  const reference = whole.startsWith(`${base}/`) ? whole.slice(base.length + 1) : whole;
  if (isId(reference)) return type ? { reference: `${type}/${reference}` } : { id: reference };
  if (!/^[A-Z][A-Za-z]+\/[^/\s]+$|^[a-z][a-z0-9+.-]*:\S+$/.test(reference)) return undefined;
  return type && !reference.startsWith(`${type}/`) ? undefined : { reference };
}
