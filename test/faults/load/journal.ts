/** What a client of the platform may want; the gaps of each are measured apart. */
export const kinds = ['write', 'read', 'refusal', 'consent', 'login', 'study', 'trail'] as const;
export type Kind = (typeof kinds)[number];

/** A resource that was written, and what each of its acknowledged versions says. */
export interface Written {
  reference: string;
  /** Stands in the resource's identifier, and nowhere else. */
  marker: string;
  /** Whose token wrote it. */
  token: string;
  versions: Map<number, number>;
}

export interface Gap {
  kind: Kind;
  milliseconds: number;
}

/** Everything that the platform acknowledged to the load, to be audited afterwards. */
export interface Journal {
  written: Written[];
  /** Answered reads and searches, refusals included: what was asked, by request id. */
  answered: Map<string, string>;
  /** Event ids of grants and revocations. */
  receipts: string[];
  studies: string[];
  /** Answers that nobody should get, whatever is broken. */
  complaints: string[];
  /** Answers that the platform cannot now, by status; `unanswered` where a connection broke or nothing came. */
  failures: Map<string, number>;
  /** An operation was acknowledged. */
  done(kind: Kind): void;
  /** How many were. */
  count(): number;
  /** How many of each kind were since `from`, a time of `now`. */
  since(from: number): Record<Kind, number>;
  /** The longest time from `from` until now in which one kind was not acknowledged; the last one before counts. */
  longestGap(from: number): Gap;
}

/** @param now milliseconds of a steady clock */
export function journal(now: () => number): Journal {
  const times = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<Kind, number[]>;
  const gapOf = (kind: Kind, from: number): Gap => {
    const before = times[kind].findLast((at) => at <= from) ?? from;
    const marks = [before, ...times[kind].filter((at) => at > from), now()];
    return { kind, milliseconds: Math.max(...marks.slice(1).map((at, index) => at - marks[index]!)) };
  };
  return {
    ...{ written: [], answered: new Map(), receipts: [], studies: [], complaints: [], failures: new Map() },
    done: (kind) => void times[kind].push(now()),
    count: () => kinds.reduce((sum, kind) => sum + times[kind].length, 0),
    since: (from) => {
      const counts = kinds.map((kind) => [kind, times[kind].filter((at) => at > from).length]);
      return Object.fromEntries(counts);
    },
    longestGap: (from) =>
      kinds.map((kind) => gapOf(kind, from)).reduce((most, gap) => (gap.milliseconds > most.milliseconds ? gap : most)),
  };
}
