import { createHmac } from 'node:crypto';
import { Failure } from '../../../../kernel/errors.ts';
import { type Hierarchy, hierarchyOf } from '../hierarchy.ts';

const mostWeeks = 26;
const week = 7 * 24 * 3600 * 1000;

/**
 * By how many whole weeks, −26 to 26, all dates of a person are shifted: the same for equal key and person. Days of the
 * week and the time between two dates of a person stay.
 */
export function weeksFor(key: Uint8Array, person: string): number {
  const drawn = createHmac('sha256', key).update(person).digest().readUIntBE(0, 6);
  return (drawn % (2 * mostWeeks + 1)) - mostWeeks;
}

/** @param date `YYYY-MM-DD` @throws Failure `value` where it is no date */
export function shifted(date: string, weeks: number): string {
  const time = Date.parse(`${date}T00:00:00Z`);
  if (!isDate(date) || Number.isNaN(time)) throw new Failure('value', 'A date must be a day, as YYYY-MM-DD.');
  return new Date(time + weeks * week).toISOString().slice(0, 10);
}

/** Days → month → quarter → year → `*`, over the dates given. @throws Failure `value` where one is no date */
export function dateHierarchy(dates: Iterable<string>, name = 'date'): Hierarchy {
  const lines = Array.from(new Set(dates))
    .sort()
    .map((date) => {
      if (!isDate(date)) throw new Failure('value', `${name} must hold days, as YYYY-MM-DD.`, { expression: [name] });
      const [year, month] = date.split('-') as [string, string];
      return [date, `${year}-${month}`, `${year}-Q${Math.ceil(Number(month) / 3)}`, year, '*'];
    });
  return hierarchyOf(name, lines);
}

const isDate = (text: string) => /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(text);
