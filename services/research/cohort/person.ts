import { dateSpan } from '../../../contracts/rules/dates.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Resource } from './events.ts';
import type { Leaf } from './schema.ts';
import type { Truth } from './truth.ts';

/**
 * Whether a Patient was so many completed years old on a day. A birth date that is a year or a month leaves two ages
 * open; who had died before has none.
 * @throws Failure `value` for a day that is none, or a least age above the greatest
 */
export function ageTest(criterion: Extract<Leaf, { type: 'age' }>, zone: number): (patient: Resource) => Truth {
  const { at, min = 0, max = Infinity } = criterion;
  const day = dateSpan(at, zone);
  if (!day) throw new Failure('value', `${at} is no day.`);
  if (min > max) throw new Failure('value', 'The least age is above the greatest.');
  return ({ birthDate, deceasedDateTime }) => {
    const died = typeof deceasedDateTime === 'string' ? dateSpan(deceasedDateTime, zone) : undefined;
    if (died && died.end <= day.start) return false;
    if (typeof birthDate !== 'string' || !dateSpan(birthDate, zone)) return undefined;
    const [youngest, oldest] = [yearsBetween(lastDay(birthDate), at), yearsBetween(firstDay(birthDate), at)];
    if (oldest < min || youngest > max) return false;
    return youngest >= min && oldest <= max && youngest >= 0 ? true : undefined;
  };
}

export const sexTest =
  (wanted: readonly string[]) =>
  ({ gender }: Resource): Truth =>
    typeof gender === 'string' ? wanted.includes(gender) : undefined;

const firstDay = (date: string) => `${date}-01-01`.slice(0, 10);
/** The 31st of any month comes after all its days, which is all that is asked of it. */
const lastDay = (date: string) => (date.length === 4 ? `${date}-12-31` : `${date}-31`.slice(0, 10));

/** Completed years from one day to another; days of the form YYYY-MM-DD compare as texts. */
function yearsBetween(birth: string, at: string): number {
  const years = Number(at.slice(0, 4)) - Number(birth.slice(0, 4));
  return at.slice(5) < birth.slice(5) ? years - 1 : years;
}
