import { dateSpan, type Span } from '../../../contracts/rules/dates.ts';
import type { Truth } from './truth.ts';

/** Between which instants something began, and between which it ended; milliseconds since the epoch, ends outside. */
export interface When {
  began: { start: number; end: number };
  ended: { start: number; end: number };
}

export interface Period {
  start?: unknown;
  end?: unknown;
}

/** @param zone minutes east of UTC, for dates without an offset */
export function whenOfDate(date: unknown, zone: number): When | undefined {
  const span = typeof date === 'string' ? dateSpan(date, zone) : undefined;
  return span && { began: span, ended: span };
}

/** A Period of FHIR: an end that is missing has not come, a beginning that is missing is not known. */
export function whenOfPeriod({ start, end }: Period, zone: number): When | undefined {
  const [from, to] = [whenOfDate(start, zone)?.began, whenOfDate(end, zone)?.ended];
  if ((start !== undefined && !from) || (end !== undefined && !to) || (!from && !to)) return undefined;
  const ended = to ?? { start: Infinity, end: Infinity };
  return { began: from ?? { start: -Infinity, end: ended.end }, ended };
}

/** Whether something was, for an instant at least, in the span. */
export function wasDuring(when: When | undefined, { start = -Infinity, end = Infinity }: Span): Truth {
  if (!when) return undefined;
  const { began, ended } = when;
  if (began.start >= end || ended.end <= start) return false;
  return began.end <= end && ended.start >= start ? true : undefined;
}
