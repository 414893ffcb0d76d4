import { type Declaration, isRunning } from './breakGlass.ts';

/** How often break-glass was used, and what became of it; names no patient. */
export interface Tally {
  declared: number;
  running: number;
  unreviewed: number;
  justified: number;
  unjustified: number;
  /** Milliseconds from a declaration to its review, the median; left out where none was reviewed. */
  reviewedAfter?: number;
}

export interface OrganizationReport extends Tally {
  organization: string;
  /** Those who declared most first. */
  clinicians: (Tally & { clinician: string })[];
}

/** What an organisation's declarations come to. @param at milliseconds since the epoch */
export function reportOf(organization: string, declarations: readonly Declaration[], at: number): OrganizationReport {
  const each = Map.groupBy(declarations, ({ clinician }) => clinician);
  const clinicians = [...each].map(([clinician, of]) => ({ clinician, ...tallyOf(of, at) }));
  clinicians.sort((one, other) => other.declared - one.declared || one.clinician.localeCompare(other.clinician));
  return { organization, ...tallyOf(declarations, at), clinicians };
}

function tallyOf(declarations: readonly Declaration[], at: number): Tally {
  const count = (isCounted: (of: Declaration) => boolean) => declarations.filter(isCounted).length;
  const delays = declarations.flatMap(({ review, from }) => (review ? [review.at - from] : []));
  return {
    declared: declarations.length,
    running: count((each) => isRunning(each, at)),
    unreviewed: count(({ review }) => review === undefined),
    justified: count(({ review }) => review?.verdict === 'justified'),
    unjustified: count(({ review }) => review?.verdict === 'unjustified'),
    ...(delays.length > 0 && { reviewedAfter: median(delays) }),
  };
}

function median(values: number[]): number {
  const sorted = values.sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
