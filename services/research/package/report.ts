import { Failure } from '../../../kernel/errors.ts';
import { type Measured, measure } from '../engine/measured.ts';
import { lossOf } from '../engine/metrics.ts';
import type { Model } from '../engine/model.ts';
import { type QueryError, queryError, rangeQueries } from '../engine/queries.ts';
import { classSizes, type Recoding } from '../engine/recoding.ts';
import { type Risk, riskOf } from '../engine/risk.ts';
import type { Table } from '../engine/table.ts';
import type { Anonymised } from './published.ts';
import { leastSupport } from './sets.ts';
import { type Suppressed, type SuppressionNotes, suppressedBy } from './suppressed.ts';

/**
 * What a release reaches, loses and risks. Every number can be computed from the released rows and the hierarchies, or
 * is a count by the rule of `counts/answer.ts`, or is a rounded mean over the source.
 */
export interface PrivacyReport {
  model: Model;
  rows: number;
  reached: Measured;
  risk: Risk;
  /** Of the released rows. */
  loss: {
    ncp: number;
    ncpByColumn: Record<string, number>;
    discernibility: number;
    averageClassSize: number;
    queryError: QueryError;
  };
  /** k^m-anonymity of the sets; `reached` is 0 where nothing of them is published. */
  sets: { name: string; k: number; m: number; reached: number; ncp: number }[];
  /** How many classes have so many rows, by size. */
  classSizes: { size: number; classes: number }[];
  suppressed: Suppressed;
  /** Absent where no registry was asked. */
  registry?: RegistryWord;
}

/** What the registry of releases said. */
export interface RegistryWord {
  verdict: 'accepted' | 'changed';
  /** Earlier releases that it was laid beside. */
  beside: number;
  /** `frozen`, `merged` or `withheld`: how classes were changed, and which rules asked for it beside which releases. */
  changes: readonly string[];
  objections: readonly { reason: string; releases: readonly string[] }[];
}

/**
 * @param population for the journalist's risk; the release itself where it is absent
 * @throws Failure `business-rule` where a person has several rows, and as `suppressedBy` does
 */
export function reportOf(
  { table, model, recoding, sets, registry }: Anonymised,
  notes: SuppressionNotes,
  population?: Table,
): PrivacyReport {
  if (new Set(notes.people).size < table.rows)
    throw new Failure('business-rule', 'A person has more than one row: classes would be smaller than they look.');
  const released = releasedOnly(recoding);
  const { ncp, ncpByColumn, discernibility, averageClassSize } = lossOf(released);
  return {
    model,
    rows: released.classOf.length,
    reached: measure(table, model, recoding),
    risk: population ? roundedUp(riskOf(recoding, population)) : riskOf(recoding),
    loss: { ncp, ncpByColumn, discernibility, averageClassSize, queryError: errorOf(recoding) },
    sets: sets.map(({ name, k, m, recoding: { sets: nodes, ncp: lost } }) => {
      const shown = nodes.filter((_, row) => recoding.classOf[row]! >= 0);
      return { name, k, m, reached: leastSupport(shown, m), ncp: Math.round(lost * 100) / 100 };
    }),
    classSizes: histogramOf(recoding),
    suppressed: suppressedBy(table, recoding, notes),
    ...(registry && { registry }),
  };
}

/** The recoding without the rows that it suppressed: how many they are can be seen in most measures. */
const releasedOnly = (recoding: Recoding): Recoding => ({
  ...recoding,
  classOf: recoding.classOf.filter((id) => id >= 0),
});

/** The population is no part of the release: its risks are told as upper bounds of two digits. */
function roundedUp({ prosecutor, journalist, marketer }: Risk): Risk {
  const up = (risk: number) => Math.min(1, Math.ceil(risk * 100) / 100);
  const { highest, mean } = journalist;
  return { prosecutor, journalist: { highest: up(highest), mean: up(mean) }, marketer: up(marketer) };
}

function errorOf(recoding: Recoding): QueryError {
  const { mean, median } = queryError(recoding, rangeQueries(recoding, 500, sequence()));
  const round = (error: number) => Math.round(error * 100) / 100;
  return { mean: round(mean), median: round(median) };
}

/** Numbers of a fixed sequence, 0 ≤ x < 1: Lehmer's generator modulo 2³¹ − 1 (Park and Miller 1988). */
function sequence(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

function histogramOf(recoding: Recoding): PrivacyReport['classSizes'] {
  const bySize = new Map<number, number>();
  for (const size of classSizes(recoding)) if (size) bySize.set(size, (bySize.get(size) ?? 0) + 1);
  return [...bySize].sort(([a], [b]) => a - b).map(([size, classes]) => ({ size, classes }));
}
