import { publishedText, type Recoding } from './recoding.ts';
import { columnOf, type Table } from './table.ts';

/**
 * The rows that are published, in an order that depends on nothing but what they publish: the order of the source,
 * which could tie two releases together, is gone.
 * @param others columns that are published as they are, beside the quasi-identifiers
 */
export function releaseOrder(table: Table, recoding: Recoding, others: readonly string[]): Int32Array {
  const rank = classRanks(recoding);
  const columns = others.map((name) => columnOf(table, name).codes);
  const { classOf } = recoding;
  const rows = Int32Array.from(classOf.keys()).filter((row) => classOf[row]! >= 0);
  return rows.sort((a, b) => {
    let difference = rank[classOf[a]!]! - rank[classOf[b]!]!;
    for (let index = 0; difference === 0 && index < columns.length; index++)
      difference = columns[index]![a]! - columns[index]![b]!;
    return difference;
  });
}

/** What a row publishes: its class's texts of the quasi-identifiers, then its own of the other columns. */
export function recordOf(table: Table, recoding: Recoding, others: readonly string[], row: number): string[] {
  const texts = recoding.quasi.map((_, index) => publishedText(recoding, recoding.classOf[row]!, index));
  const own = others.map((name) => {
    const { codes, hierarchy } = columnOf(table, name);
    return hierarchy.labels[codes[row]!]!;
  });
  return [...texts, ...own];
}

/** By class: its place in the order of the published ranges. */
function classRanks({ classes, low, high }: Recoding): Int32Array {
  const ids = Int32Array.from({ length: classes }, (_, id) => id);
  ids.sort((a, b) => {
    let difference = 0;
    for (let index = 0; difference === 0 && index < low.length; index++)
      difference = low[index]![a]! - low[index]![b]! || high[index]![a]! - high[index]![b]!;
    return difference;
  });
  const rank = new Int32Array(classes);
  for (const [place, id] of ids.entries()) rank[id] = place;
  return rank;
}
