import type { Hierarchy } from './hierarchy.ts';
import { lowestOver } from './hierarchy.ts';
import type { Column } from './table.ts';
import { tuplesOf } from './tuples.ts';

/** An anonymised table: every row's class, and what each class publishes of each quasi-identifier. */
export interface Recoding {
  quasi: readonly Column[];
  /** By row; −1 where the row is suppressed, which means dropped. */
  classOf: Int32Array;
  classes: number;
  /** `node`: a node of the hierarchy; `interval`: the codes from the class's lowest to its highest. */
  labels: 'node' | 'interval';
  /** By quasi-identifier, then class: the first and the last code under the published value. */
  low: readonly Int32Array[];
  high: readonly Int32Array[];
}

/**
 * The recoding of rows that are already partitioned: parts whose published values agree become one class, because
 * nobody can tell them apart.
 * @param partOf by row; −1 is suppressed
 * @param low by quasi-identifier, then part: the codes that the part publishes, `high` as well
 */
export function recodingOf(
  quasi: readonly Column[],
  partOf: Int32Array,
  parts: number,
  low: readonly Int32Array[],
  high: readonly Int32Array[],
  labels: Recoding['labels'],
): Recoding {
  const { of, count, first } = tuplesOf([...low, ...high], parts);
  const picked = (columns: readonly Int32Array[]) => columns.map((column) => first.map((part) => column[part]!));
  const classOf = partOf.map((part) => (part < 0 ? -1 : of[part]!));
  return { quasi, classOf, classes: count, labels, low: picked(low), high: picked(high) };
}

/** The text that a class publishes for the quasi-identifier at `index`. */
export function publishedText({ quasi, low, high, labels }: Recoding, classId: number, index: number): string {
  const { hierarchy } = quasi[index]!;
  const [from, to] = [low[index]![classId]!, high[index]![classId]!];
  return labels === 'node' ? nodeText(hierarchy, from, to) : intervalText(hierarchy, from, to);
}

const nodeText = (hierarchy: Hierarchy, low: number, high: number) =>
  hierarchy.labels[lowestOver(hierarchy, low, high)]!;

const intervalText = (hierarchy: Hierarchy, low: number, high: number) =>
  low === high ? hierarchy.labels[low]! : `${hierarchy.labels[low]} … ${hierarchy.labels[high]}`;

/** By class: its number of rows. */
export function classSizes({ classOf, classes }: Recoding): Int32Array {
  const sizes = new Int32Array(classes);
  for (const id of classOf) if (id >= 0) sizes[id]!++;
  return sizes;
}
