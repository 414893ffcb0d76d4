import { classSizes, type Recoding } from './recoding.ts';
import { columnOf, type Table } from './table.ts';
import { tuplesOf } from './tuples.ts';

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

/** Rows of one group of the source, and how many of them were suppressed. Not to be published as they are: counts. */
export interface Dropped {
  /** The group's text by column. */
  texts: string[];
  rows: number;
  suppressed: number;
}

/** Who was suppressed, by the groups of some columns at some levels of their hierarchies. */
export function droppedBy(
  table: Table,
  recoding: Recoding,
  by: readonly { column: string; level: number }[],
): Dropped[] {
  const grouped = by.map(({ column, level }) => {
    const { codes, hierarchy } = columnOf(table, column);
    const nodes = hierarchy.levels[level] ?? hierarchy.levels.at(-1)!;
    return { hierarchy, nodes: codes.map((code) => nodes[code]!) };
  });
  const { of, first, weight } = tuplesOf(
    grouped.map(({ nodes }) => nodes),
    table.rows,
  );
  const suppressed = new Int32Array(weight.length);
  for (const [row, id] of recoding.classOf.entries()) if (id < 0) suppressed[of[row]!]!++;
  return Array.from(first, (row, group) => ({
    texts: grouped.map(({ hierarchy, nodes }) => hierarchy.labels[nodes[row]!]!),
    rows: weight[group]!,
    suppressed: suppressed[group]!,
  }));
}
