import type { Criteria } from '../criteria.ts';
import type { Task } from '../model.ts';
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

/** What a point costs, summed over rows and quasi-identifiers. */
export interface Cost {
  /** NCP of all rows if none were suppressed, and what suppression adds to it. */
  loss: number;
  penalty: number;
  suppressed: number;
  /** The same for as many rows as no point below can publish either: these bound every point below. */
  surePenalty: number;
  sureSuppressed: number;
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
  const histograms = quasi.map(({ codes, hierarchy }) =>
    hierarchy.levels.map((nodes) => {
      const rows = new Int32Array(hierarchy.labels.length);
      for (const code of codes) rows[nodes[code]!]!++;
      return rows;
    }),
  );
  const perLevel = (measure: (share: number, loss: number) => number) =>
    histograms.map((levels, index) =>
      Float64Array.from(levels, (rows) =>
        rows.reduce(
          (sum, n, node) => (n ? sum + n * measure(n / task.rows, quasi[index]!.hierarchy.loss[node]!) : sum),
          0,
        ),
      ),
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

/**
 * By group: 1 where it is published. Closeness is measured against what is published, so one group that is dropped may
 * take others with it.
 */
export function publishable({ values, closeness }: Task, criteria: Criteria, groups: Groups): Uint8Array {
  const { count, counts, sizes } = groups;
  const kept = new Uint8Array(count);
  for (let group = 0; group < count; group++) kept[group] = criteria.met(counts, group * values, sizes[group]!) ? 1 : 0;
  for (let dropped = closeness && kept.includes(0); dropped; ) {
    dropped = false;
    const shares = publishedShares(values, groups, kept);
    for (let group = 0; group < count; group++) {
      if (!kept[group] || criteria.close(counts, group * values, sizes[group]!, shares)) continue;
      kept[group] = 0;
      dropped = true;
    }
  }
  return kept;
}

function publishedShares(values: number, { count, counts, sizes }: Groups, kept: Uint8Array): Float64Array {
  const shares = new Float64Array(values);
  let rows = 0;
  for (let group = 0; group < count; group++) {
    if (!kept[group]) continue;
    rows += sizes[group]!;
    for (let value = 0; value < values; value++) shares[value]! += counts[group * values + value]!;
  }
  return shares.map((count) => count / Math.max(1, rows));
}

export function costOf(ground: Ground, criteria: Criteria, point: number, groups: Groups): Cost {
  const { values } = ground.task;
  const kept = publishable(ground.task, criteria, groups);
  const cost = { loss: marginalLoss(ground, point), penalty: 0, suppressed: 0, surePenalty: 0, sureSuppressed: 0 };
  for (let group = 0; group < groups.count; group++) {
    const size = groups.sizes[group]!;
    if (kept[group]) continue;
    const lost = criteria.lost(groups.counts, group * values, size);
    const penalty = saved(ground, point, groups.tuple[group]!);
    cost.penalty += size * penalty;
    cost.suppressed += size;
    cost.surePenalty += lost * penalty;
    cost.sureSuppressed += lost;
  }
  return cost;
}

/** What one row of the tuple would keep if it were published: the number of quasi-identifiers less its NCP in each. */
function saved({ task, lattice, codes }: Ground, point: number, tuple: number): number {
  let sum = 0;
  for (let index = 0; index < codes.length; index++) {
    const { levels, loss, leaves } = task.quasi[index]!.hierarchy;
    if (leaves > 1) sum += 1 - loss[levels[levelAt(lattice, point, index)]![codes[index]![tuple]!]!]!;
  }
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
