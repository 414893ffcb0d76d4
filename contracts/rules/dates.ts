/** Milliseconds since the epoch, from `start` on and before `end`; an end that is left out is open. */
export interface Span {
  start?: number;
  end?: number;
}

const minute = 60_000;
const grammar = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d))?)?)?$/;

/**
 * What a FHIR date or dateTime covers: a year, month or day in the deployment's zone, or the second or the fraction
 * that it names with its own offset.
 * @param zone minutes east of UTC
 * @returns undefined where the text is no such date
 */
export function dateSpan(text: string, zone: number): { start: number; end: number } | undefined {
  const match = grammar.exec(text);
  if (!match) return undefined;
  const [, y, m, d, , , , fraction, offset] = match;
  const [year, month, day] = [Number(y), Number(m ?? 1), Number(d ?? 1)];
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (offset === undefined) {
    const next = d ? Date.UTC(year, month - 1, day + 1) : m ? Date.UTC(year, month) : Date.UTC(year + 1, 0);
    return { start: Date.UTC(year, month - 1, day) - zone * minute, end: next - zone * minute };
  }
  const [hours, minutes, seconds] = [Number(match[4]), Number(match[5]), Number(match[6])];
  const east = offsetMinutes(offset);
  if (hours > 23 || minutes > 59 || seconds > 60 || Math.abs(east) > 14 * 60) return undefined;
  const whole = Date.UTC(year, month - 1, day, hours, minutes, seconds) - east * minute;
  if (!fraction) return { start: whole, end: whole + 1000 };
  const start = whole + Number(fraction.padEnd(3, '0').slice(0, 3));
  return { start, end: start + 1 };
}

/** What a FHIR Period covers: both ends belong to it. Undefined where either end cannot be read. */
export function periodSpan(period: { start?: unknown; end?: unknown }, zone: number): Span | undefined {
  const start = edge(period.start, zone);
  const end = edge(period.end, zone);
  if (start === undefined || end === undefined) return undefined;
  return { ...(start && { start: start.start }), ...(end && { end: end.end }) };
}

export const contains = (span: Span, at: number): boolean =>
  (span.start === undefined || span.start <= at) && (span.end === undefined || at < span.end);

/** null: open; undefined: not understood. */
function edge(text: unknown, zone: number) {
  if (text === undefined || text === null) return null;
  return typeof text === 'string' ? dateSpan(text, zone) : undefined;
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function offsetMinutes(offset: string): number {
  if (offset === 'Z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return offset[0] === '-' ? -minutes : minutes;
}
