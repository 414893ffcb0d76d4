import type { Task } from '../model.ts';
import type { Column } from '../table.ts';
import { tuplesOf } from '../tuples.ts';
import { isBelow, type Lattice, levelAt } from './lattice.ts';

/** The rows of the table as the classes of one point of the lattice. */
export interface Groups {
  count: number;
  /** By group: the tuple that stands for it. */
  tuple: Int32Array;
  sizes: Int32Array;
  /** Group × sensitive value: rows. */
  counts: Int32Array;
}

/** The table prepared for the lattice: distinct tuples, and what each level loses. */
export interface Ground {
  task: Task;
  lattice: Lattice;
  /** By quasi-identifier, then tuple. */
  codes: readonly Int32Array[];
  tupleOf: Int32Array;
  bottom: Groups;
  /** By quasi-identifier, then level: NCP of all rows. */
  marginals: readonly Float64Array[];
  /** By quasi-identifier, then level: bits that tell rows apart. */
  bits: readonly Float64Array[];
}

export function groundOf(task: Task, lattice: Lattice): Ground {
  const { quasi, values } = task;
  const { count, of, first, weight } = tuplesOf(
    quasi.map(({ codes }) => codes),
    task.rows,
  );
  const counts = new Int32Array(count * values);
  for (let row = 0; row < task.rows; row++) counts[of[row]! * values + task.sensitive[row]!]!++;
  const bottom = { count, tuple: Int32Array.from({ length: count }, (_, tuple) => tuple), sizes: weight, counts };
  const levels = quasi.map((column) => rowsByLevel(column));
  const perLevel = (measure: (share: number, loss: number) => number) =>
    levels.map((histograms, index) =>
      Float64Array.from(histograms, (histogram) => {
        const { loss } = quasi[index]!.hierarchy;
        return histogram.reduce((sum, n, node) => (n ? sum + n * measure(n / task.rows, loss[node]!) : sum), 0);
      }),
    );
  return {
    task,
    lattice,
    codes: quasi.map(({ codes }) => first.map((row) => codes[row]!)),
    tupleOf: of,
    bottom,
    marginals: perLevel((_, loss) => loss),
    bits: perLevel((share) => -Math.log2(share)),
  };
}

/** By level, then node: its rows. */
function rowsByLevel({ codes, hierarchy }: Column): Float64Array[] {
  const byCode = new Float64Array(hierarchy.leaves);
  for (const code of codes) byCode[code]!++;
  return hierarchy.levels.map((nodes) => {
    const rows = new Float64Array(hierarchy.labels.length);
    for (const [code, node] of nodes.entries()) rows[node]! += byCode[code]!;
    return rows;
  });
}

/** The groups of a point, rolled up from those of a point below it; `of` says which group each group below went to. */
export function rollUp(ground: Ground, from: Groups, point: number): Groups & { of: Int32Array } {
  const { lattice, task, codes } = ground;
  const columns: Int32Array[] = [];
  for (const [index, { hierarchy }] of task.quasi.entries()) {
    const level = levelAt(lattice, point, index);
    if (level === hierarchy.levels.length - 1) continue;
    columns.push(generalised(hierarchy.levels[level]!, codes[index]!, from.tuple));
  }
  const { count, of, first } = tuplesOf(columns, from.count);
  const { values } = task;
  const sizes = new Int32Array(count);
  const counts = new Int32Array(count * values);
  for (let group = 0; group < from.count; group++) {
    const to = of[group]!;
    sizes[to]! += from.sizes[group]!;
    for (let value = 0; value < values; value++) counts[to * values + value]! += from.counts[group * values + value]!;
  }
  return { count, tuple: first.map((group) => from.tuple[group]!), sizes, counts, of };
}

function generalised(nodes: Int32Array, codes: Int32Array, tuples: Int32Array): Int32Array {
  const column = new Int32Array(tuples.length);
  for (let group = 0; group < tuples.length; group++) column[group] = nodes[codes[tuples[group]!]!]!;
  return column;
}

export function marginalLoss({ lattice, marginals }: Ground, point: number): number {
  let sum = 0;
  for (let index = 0; index < marginals.length; index++) sum += marginals[index]![levelAt(lattice, point, index)]!;
  return sum;
}

/** How many groups may be held to roll others up from. */
const room = 4_000_000;

/** The groups of the points that were evaluated, to roll others up from the fewest. */
export function groupCache({ lattice, bottom }: Ground) {
  const held: { point: number; groups: Groups }[] = [];
  let total = 0;
  return {
    below(point: number): Groups {
      let fewest = bottom;
      for (const { point: low, groups } of held)
        if (groups.count < fewest.count && isBelow(lattice, low, point)) fewest = groups;
      return fewest;
    },
    hold(point: number, groups: Groups): void {
      if (total + groups.count > room) return;
      total += groups.count;
      held.push({ point, groups });
    },
  };
}
