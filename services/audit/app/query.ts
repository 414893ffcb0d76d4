import { Failure } from '../../../kernel/errors.ts';

/** A search over AuditEvent as it was asked. */
export interface TrailQuery {
  /** Patient id. */
  patient?: string;
  /** Bounds on the time, milliseconds, both inclusive. */
  from?: number;
  to?: number;
  descending: boolean;
  count: number;
  /** Where the page before ended. */
  after?: { sort: number; id: string };
  /** Other parameters with the values of which one must match; several of a name must all hold. */
  filters: { name: FilterName; values: string[] }[];
  /** Parameters of this page, to make the next one's link of. */
  parameters: [string, string][];
}

export const filterNames = ['_id', 'action', 'agent', 'entity', 'outcome', 'subtype', 'type'] as const;
export type FilterName = (typeof filterNames)[number];

const defaultCount = 20;
const mostCount = 200;
/** Parameters that are about the form of the answer only. */
const ignored = new Set(['_format', '_pretty', '_total']);

/**
 * Reads a query string.
 * @throws Failure `not-supported` for an unknown parameter, `value` for one that is not well-formed; `expression` names it
 */
export function parseQuery(text: string): TrailQuery {
  const query: TrailQuery = { descending: true, count: defaultCount, filters: [], parameters: [] };
  for (const [name, value] of new URLSearchParams(text)) {
    if (!value || ignored.has(name)) continue;
    if (name !== '_cursor') query.parameters.push([name, value]);
    read(query, name, value);
  }
  return query;
}

function read(query: TrailQuery, name: string, value: string): void {
  const filter = filterNames.find((each) => each === name);
  if (filter) query.filters.push({ name: filter, values: value.split(',') });
  else if (name === 'patient') query.patient = patientOf(value);
  else if (name === 'date') bound(query, value);
  else if (name === '_count') query.count = countOf(value);
  else if (name === '_sort') query.descending = directionOf(value);
  else if (name === '_cursor') query.after = cursorOf(value);
  else
    throw new Failure('not-supported', `AuditEvent is not searched by ${printable(name)}.`, {
      expression: [printable(name)],
    });
}

/** A parameter's name as it may stand in an answer. */
const printable = (name: string) => name.replace(/[^\w:.-]/g, '?').slice(0, 64);

const malformed = (name: string, wanted: string) =>
  new Failure('value', `${name} must be ${wanted}.`, { expression: [name] });

function patientOf(value: string): string {
  const id = /^(?:Patient\/)?([A-Za-z0-9.-]{1,64})$/.exec(value)?.[1];
  if (!id) throw malformed('patient', 'one Patient’s id');
  return id;
}

function countOf(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw malformed('_count', 'a number from 1 on');
  return Math.min(Number(value), mostCount);
}

function directionOf(value: string): boolean {
  if (value !== 'date' && value !== '-date') throw malformed('_sort', 'date or -date');
  return value === '-date';
}

/** What `_cursor` of a next link holds. */
export const cursorText = ({ sort, id }: { sort: number; id: string }): string => `${sort}_${id}`;

function cursorOf(value: string): { sort: number; id: string } {
  const [, sort, id] = /^(\d{1,15})_([A-Za-z0-9-]{1,64})$/.exec(value) ?? [];
  if (!sort || !id) throw malformed('_cursor', 'taken from a next link');
  return { sort: Number(sort), id };
}

const dateLike =
  /^(eq|ge|gt|le|lt|sa|eb)?(\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?)$/;

/** FHIR date search: a date is the whole period that it leaves open. */
function bound(query: TrailQuery, value: string): void {
  const [, prefix = 'eq', date] = dateLike.exec(value) ?? [];
  const period = date === undefined ? undefined : periodOf(date);
  if (!period) throw malformed('date', 'a date with one of eq, ge, gt, le, lt, sa, eb before it');
  const [first, last] = period;
  const from = { eq: first, ge: first, gt: last + 1, sa: last + 1 }[prefix];
  const to = { eq: last, le: last, lt: first - 1, eb: first - 1 }[prefix];
  if (from !== undefined) query.from = Math.max(from, query.from ?? from);
  if (to !== undefined) query.to = Math.min(to, query.to ?? to);
}

/** First and last millisecond. Without a time zone it is UTC. */
function periodOf(date: string): [first: number, last: number] | undefined {
  const zoned = date.includes('T') && !/(?:Z|[+-]\d\d:\d\d)$/.test(date) ? `${date}Z` : date;
  const first = Date.parse(zoned);
  return Number.isNaN(first) ? undefined : [first, endOf(date, first) - 1];
}

function endOf(date: string, first: number): number {
  const end = new Date(first);
  if (date.length === 4) return end.setUTCFullYear(end.getUTCFullYear() + 1);
  if (date.length === 7) return end.setUTCMonth(end.getUTCMonth() + 1);
  if (date.length === 10) return end.setUTCDate(end.getUTCDate() + 1);
  if (date.includes('.')) return first + 1;
  return first + (/T\d\d:\d\d:\d\d/.test(date) ? 1000 : 60_000);
}
