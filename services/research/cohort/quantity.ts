import { ucumUtils } from 'fhirpath';
import { Failure } from '../../../kernel/errors.ts';
import type { Quantity } from './events.ts';
import type { ValueRange } from './schema.ts';
import type { Truth } from './truth.ts';

/** What is used of the UCUM library. */
interface Ucum {
  validateUnitString(unit: string): { status: 'valid' | 'invalid' | 'error' };
  convertUnitTo(from: string, value: number, to: string): { status: string; toVal: number | null };
}
const ucum = ucumUtils as Ucum;
const tolerance = 1e-9;

/**
 * Whether a measured value lies in the range, in whatever unit it was measured: undefined where its unit cannot be
 * turned into the range's, or where "less than 5" leaves it open.
 * @throws Failure `value` where the range has no UCUM unit, no limit, or none between its limits
 */
export function rangeTest({ min = -Infinity, max = Infinity, unit }: ValueRange): (measured: Quantity) => Truth {
  if (ucum.validateUnitString(unit).status !== 'valid') throw new Failure('value', `"${unit}" is no unit of UCUM.`);
  if (min > max) throw new Failure('value', 'The least value is above the greatest.');
  return (measured) => {
    const value = converted(measured, unit);
    if (value === undefined) return undefined;
    const slack = tolerance * Math.abs(value);
    const { least, greatest } = limits(value, measured.comparator, slack);
    if (greatest < min - slack || least > max + slack) return false;
    return least >= min - slack && greatest <= max + slack ? true : undefined;
  };
}

function converted({ value, code, unit: text, system }: Quantity, unit: string): number | undefined {
  const number = value === undefined || value === null ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) return undefined;
  const measured = system === undefined || system === 'http://unitsofmeasure.org' ? (code ?? text ?? '1') : undefined;
  if (measured === undefined) return undefined;
  if (measured === unit) return number;
  const { status, toVal } = ucum.convertUnitTo(measured, number, unit);
  return status === 'succeeded' && toVal !== null ? toVal : undefined;
}

/** "Less than 5" is below 5 by more than the slack of a comparison, or it would be met by 5. */
function limits(value: number, comparator: string | undefined, slack: number): { least: number; greatest: number } {
  const beside = comparator === '<' || comparator === '>' ? 2 * slack : 0;
  if (comparator?.startsWith('<')) return { least: -Infinity, greatest: value - beside };
  if (comparator?.startsWith('>')) return { least: value + beside, greatest: Infinity };
  return { least: value, greatest: value };
}
