import { dateSpan, type Span } from '../../../contracts/rules/dates.ts';
import { Failure } from '../../../kernel/errors.ts';
import { shaped } from '../shape.ts';
import { type Event, eventReaders, type Resource } from './events.ts';
import { ageTest, sexTest } from './person.ts';
import { rangeTest } from './quantity.ts';
import { groupSchemas, type Leaf, leafSchemas } from './schema.ts';
import type { Terminology } from './terminology.ts';
import { all, any, not, type Truth } from './truth.ts';
import { wasDuring } from './when.ts';

/** Criteria of a cohort, ready to be asked of one patient's record at a time. */
export interface Criteria {
  /** The types of resources that they look at: what an extraction must read. */
  resourceTypes: readonly string[];
  /** Whether the patient belongs to the cohort; undefined where the record does not tell, which is no. */
  holds(record: readonly Resource[]): Truth;
}

const deepest = 10;

interface Context {
  terminology: Terminology;
  zone: number;
}

/**
 * Reads the criteria language of `schema.ts`.
 * @param zone minutes east of UTC, for dates without an offset
 * @throws Failure `invalid`, `value` or `not-supported`; its issue has the place of the criterion at fault
 */
export function readCriteria(document: unknown, terminology: Terminology, zone: number): Criteria {
  return read(document, { terminology, zone }, 'criterion', 1);
}

function read(document: unknown, context: Context, at: string, depth: number): Criteria {
  if (depth > deepest) throw new Failure('too-long', `Criteria stand at most ${deepest} deep.`, { expression: [at] });
  const type = (document as { type?: unknown } | null)?.type;
  const within = (child: unknown, place: string) => read(child, context, `${at}.${place}`, depth + 1);
  if (type === 'not')
    return negation(within(placed(() => shaped(groupSchemas.not, document, at), at).criterion, 'criterion'));
  if (type === 'and' || type === 'or') {
    const { criteria } = placed(() => shaped(groupSchemas[type], document, at), at);
    return group(
      type === 'and' ? all : any,
      criteria.map((each, index) => within(each, `criteria[${index}]`)),
    );
  }
  if (typeof type !== 'string' || !Object.hasOwn(leafSchemas, type)) throw unknownType(at);
  return placed(() => leaf(shaped(leafSchemas[type as Leaf['type']], document, at) as Leaf, context), at);
}

function unknownType(at: string): Failure {
  const known = [...Object.keys(leafSchemas), ...Object.keys(groupSchemas)].join(', ');
  return new Failure('not-supported', `The type of ${at} must be one of: ${known}.`, { expression: [`${at}.type`] });
}

/** A failure says at which criterion it arose. */
function placed<T>(work: () => T, at: string): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const issues = error.issues.map(({ expression, ...issue }) => ({
      ...issue,
      expression: [[at, ...(expression ?? [])].filter(Boolean).join('.')],
    }));
    throw new Failure(error.code, error.message, { issues });
  }
}

const negation = ({ resourceTypes, holds }: Criteria): Criteria => ({
  resourceTypes,
  holds: (record) => not(holds(record)),
});

function group(combine: (truths: Truth[]) => Truth, parts: readonly Criteria[]): Criteria {
  return {
    resourceTypes: [...new Set(parts.flatMap(({ resourceTypes }) => resourceTypes))],
    holds: (record) => combine(parts.map(({ holds }) => holds(record))),
  };
}

function leaf(criterion: Leaf, { terminology, zone }: Context): Criteria {
  if (criterion.type === 'age') return ofPatient(ageTest(criterion, zone));
  if (criterion.type === 'sex') return ofPatient(sexTest(criterion.of));
  const { type, codes, period } = criterion;
  const matchers = codes.map((concept) => terminology.matcher(concept));
  const during = period && spanOf(period, zone);
  const inRange = criterion.type === 'observation' && criterion.value ? rangeTest(criterion.value) : undefined;
  const readers = eventReaders[type];
  const fits = ({ codings, when, quantity }: Event): Truth =>
    codings.some((coding) => matchers.some((matches) => matches(coding))) &&
    all([during ? wasDuring(when, during) : true, inRange ? (quantity ? inRange(quantity) : false) : true]);
  return {
    resourceTypes: type === 'medication' ? [...Object.keys(readers), 'Medication'] : Object.keys(readers),
    holds: (record) => any(record.flatMap((each) => readers[each.resourceType]?.(each, record, zone) ?? []).map(fits)),
  };
}

function ofPatient(test: (patient: Resource) => Truth): Criteria {
  return {
    resourceTypes: ['Patient'],
    holds(record) {
      const patient = record.find(({ resourceType }) => resourceType === 'Patient');
      return patient && test(patient);
    },
  };
}

function spanOf({ from, to }: { from?: string; to?: string }, zone: number): Span {
  const [first, last] = [from, to].map((day) => (day === undefined ? undefined : dayOf(day, zone)));
  if (first && last && first.start >= last.end) throw new Failure('value', 'The period ends before it begins.');
  return { ...(first && { start: first.start }), ...(last && { end: last.end }) };
}

function dayOf(day: string, zone: number) {
  const span = dateSpan(day, zone);
  if (!span) throw new Failure('value', `${day} is no day.`);
  return span;
}
