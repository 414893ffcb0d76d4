import { classSizes, type Recoding } from './recoding.ts';

/** What a recoding loses. */
export interface Loss {
  /**
   * Normalised certainty penalty: the mean over all cells of (leaves under the published value − 1) / (leaves in the
   * domain − 1); a cell of a suppressed row counts 1.
   */
  ncp: number;
  /** The same by quasi-identifier, by column name. */
  ncpByColumn: Record<string, number>;
  /** Sum of the squared class sizes, and rows × suppressed rows (Bayardo and Agrawal 2005). */
  discernibility: number;
  /** Mean number of rows in a class. */
  averageClassSize: number;
  suppressed: number;
}

export function lossOf(recoding: Recoding): Loss {
  const { quasi, classOf, classes, low, high } = recoding;
  const rows = classOf.length;
  const sizes = classSizes(recoding);
  const kept = sizes.reduce((sum, size) => sum + size, 0);
  const ncpByColumn = quasi.map(({ name, hierarchy }, index): [string, number] => {
    let sum = hierarchy.leaves > 1 ? rows - kept : 0;
    const widest = Math.max(1, hierarchy.leaves - 1);
    for (let id = 0; id < classes; id++) sum += (sizes[id]! * (high[index]![id]! - low[index]![id]!)) / widest;
    return [name, sum / rows];
  });
  return {
    ncp: ncpByColumn.reduce((sum, [, ncp]) => sum + ncp, 0) / quasi.length,
    ncpByColumn: Object.fromEntries(ncpByColumn),
    discernibility: sizes.reduce((sum, size) => sum + size * size, 0) + rows * (rows - kept),
    averageClassSize: classes ? kept / classes : 0,
    suppressed: rows - kept,
  };
}
