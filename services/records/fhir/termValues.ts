import type { Bindings } from './bindings.ts';
import { periodRange, type Range, rangeOf, timingRange } from './dates.ts';
import type { Property } from './shapes.ts';
import type { QuantityTerm } from './terms.ts';

/** The terms of one value (R4, 3.1.1.4); none where it is of no such kind. */

type Json = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const tokenOf = (system: unknown, code: unknown): string => `${text(system)}|${String(code ?? '').toLowerCase()}`;
const identifierOf = (system: unknown, value: unknown): string => `${text(system)}|${text(value)}`;

export function tokenTerms(value: unknown, { type, element }: Property, bound: Bindings): string[] {
  const { system, code, value: own, coding } = value as Json;
  switch (type) {
    case 'CodeableConcept':
      return ((coding as Json[] | undefined) ?? []).map((each) => tokenOf(each.system, each.code));
    case 'Coding':
      return [tokenOf(system, code)];
    case 'Identifier':
      return [identifierOf(system, own)];
    case 'ContactPoint':
      return [tokenOf('', own)];
    case 'code':
      return [tokenOf(element.binding && bound.systemOf(element.binding, value as string), value)];
    case 'id':
      return [value as string];
    default:
      return typeof value === 'object' ? [] : [tokenOf('', value)];
  }
}

/** Parts of a HumanName or an Address that say how it is used. */
const usage: readonly string[] = ['use', 'type', 'period', 'extension', 'id'];

/** A text, or every text within a HumanName, an Address and the like. */
export function stringTerms(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringTerms);
  if (typeof value !== 'object' || value === null) return [];
  const parts = Object.entries(value).filter(([key]) => !usage.includes(key) && !key.startsWith('_'));
  return parts.flatMap(([, part]) => stringTerms(part));
}

export function dateTerm(value: unknown, type: string): Range[] {
  const range =
    type === 'Period'
      ? periodRange(value as object)
      : type === 'Timing'
        ? timingRange(value as object)
        : rangeOf(value);
  return range ? [range] : [];
}

export function quantityTerm(value: unknown, type: string): QuantityTerm[] {
  const { low, high, currency, ...amount } = value as Json;
  if (type === 'Range') return rangeTerm(low as Json | undefined, high as Json | undefined);
  const money = { system: 'urn:iso:std:iso:4217', code: currency, unit: currency };
  const term = amountTerm(type === 'Money' ? { ...amount, ...money } : amount);
  return term ? [term] : [];
}

/** A quantity with a comparator is a range that is open on one side. */
function amountTerm({ value, comparator, system, code, unit }: Json): QuantityTerm | undefined {
  if (typeof value !== 'number') return undefined;
  const sign = text(comparator)[0];
  return [sign === '<' ? null : value, sign === '>' ? null : value, text(system), text(code), text(unit)];
}

function rangeTerm(low: Json | undefined, high: Json | undefined): QuantityTerm[] {
  const from = low && amountTerm(low);
  const until = high && amountTerm(high);
  const known = from ?? until;
  if (!known) return [];
  const [, , system, code, unit] = known;
  return [[from?.[0] ?? null, until?.[1] ?? null, system, code, unit]];
}

/** A Reference, or an address in the place of one. */
export function referenceTerm(value: unknown): string[] {
  const address = typeof value === 'string' ? value : (value as Json).reference;
  if (typeof address !== 'string' || address.startsWith('#')) return [];
  return [address.replace(/\/_history\/[^/]+$|\|[^|]*$/, '')];
}

export function identifierTerm(value: unknown): string[] {
  const identifier = (value as Json).identifier as Json | undefined;
  return typeof identifier === 'object' ? [identifierOf(identifier.system, identifier.value)] : [];
}
