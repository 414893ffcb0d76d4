import { classSizes, type Recoding } from './recoding.ts';

/** A count query: rows whose code of each named quasi-identifier lies in its range. */
export interface RangeQuery {
  ranges: readonly { index: number; low: number; high: number }[];
}

/** Errors of a workload of count queries, relative to the true count or a thousandth of the rows if that is more. */
export interface QueryError {
  mean: number;
  median: number;
}

/**
 * A workload of count queries over two quasi-identifiers each, every range over a third of the domain.
 * @param draw the next number of a fixed sequence, 0 ≤ x < 1: equal sequences give equal workloads
 */
export function rangeQueries({ quasi }: Recoding, count: number, draw: () => number): RangeQuery[] {
  const wide = Math.min(2, quasi.length);
  return Array.from({ length: count }, () => {
    const open = Array.from(quasi.keys());
    const ranges = Array.from({ length: wide }, () => {
      const index = open.splice(Math.floor(draw() * open.length), 1)[0]!;
      const { leaves } = quasi[index]!.hierarchy;
      const width = Math.ceil(leaves / 3);
      const low = Math.floor(draw() * (leaves - width + 1));
      return { index, low, high: low + width - 1 };
    });
    return { ranges };
  });
}

/** How far counts on the recoding are from those on the table, where a published value's leaves are equally likely. */
export function queryError(recoding: Recoding, queries: readonly RangeQuery[]): QueryError {
  const sizes = classSizes(recoding);
  const floor = Math.max(1, recoding.classOf.length / 1000);
  const errors = queries.map((query) => {
    const truth = trueCount(recoding, query);
    return Math.abs(estimate(recoding, sizes, query) - truth) / Math.max(truth, floor);
  });
  errors.sort((a, b) => a - b);
  const sum = errors.reduce((total, error) => total + error, 0);
  return { mean: errors.length ? sum / errors.length : 0, median: errors[errors.length >> 1] ?? 0 };
}

function trueCount({ quasi, classOf }: Recoding, { ranges }: RangeQuery): number {
  const inside = new Uint8Array(classOf.length).fill(1);
  for (const { index, low, high } of ranges) {
    const { codes } = quasi[index]!;
    for (let row = 0; row < codes.length; row++) if (codes[row]! < low || codes[row]! > high) inside[row] = 0;
  }
  return inside.reduce((sum, each) => sum + each, 0);
}

function estimate(recoding: Recoding, sizes: Int32Array, { ranges }: RangeQuery): number {
  let sum = 0;
  for (let id = 0; id < recoding.classes; id++) {
    let expected = sizes[id]!;
    for (const { index, low, high } of ranges) {
      const [from, to] = [recoding.low[index]![id]!, recoding.high[index]![id]!];
      const common = Math.min(to, high) - Math.max(from, low) + 1;
      expected *= Math.max(0, common) / (to - from + 1);
    }
    sum += expected;
  }
  return sum;
}
