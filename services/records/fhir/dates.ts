import { dateSpan } from '../../../contracts/rules/dates.ts';

/** Milliseconds since the epoch, from `start` on and before `end`; `null` is open. */
export type Range = [start: number | null, end: number | null];

/** Days and months without a time zone are taken in UTC, in resources and in questions alike. */
const utc = 0;

/** What a date, dateTime or instant of a resource covers. */
export function rangeOf(text: unknown): Range | undefined {
  const span = typeof text === 'string' ? dateSpan(text, utc) : undefined;
  return span && [span.start, span.end];
}

/** What a Period covers; an end that is left out is open. Undefined where it has neither. */
export function periodRange({ start, end }: { start?: unknown; end?: unknown }): Range | undefined {
  const from = rangeOf(start)?.[0] ?? null;
  const until = rangeOf(end)?.[1] ?? null;
  return from === null && until === null ? undefined : [from, until];
}

/** Rule per-1: a period does not end before it starts. */
export function isInOrder(period: { start?: unknown; end?: unknown }): boolean {
  const [start, end] = periodRange(period) ?? [null, null];
  return start === null || end === null || start < end;
}

/** A Timing's events from first to last, or the bounds of its repetition. */
export function timingRange(timing: { event?: unknown; repeat?: { boundsPeriod?: object } }): Range | undefined {
  const events = Array.isArray(timing.event) ? timing.event.flatMap((each) => rangeOf(each) ?? []) : [];
  const instants = events.filter((each) => each !== null);
  if (instants.length > 0) return [Math.min(...instants), Math.max(...instants)];
  return timing.repeat?.boundsPeriod && periodRange(timing.repeat.boundsPeriod);
}

const minutes = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * What the date of a search covers, to its own precision: year to minute, second or fraction.
 * @returns undefined where it is no date
 */
export function askedRange(text: string): [start: number, end: number] | undefined {
  const [, minute, seconds, zone = 'Z'] = minutes.exec(text) ?? [];
  const span = dateSpan(minute ? `${minute}${seconds ?? ':00'}${zone}` : text, utc);
  if (!span) return undefined;
  return [span.start, minute && !seconds ? span.start + 60_000 : span.end];
}
