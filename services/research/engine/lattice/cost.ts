import type { Criteria } from '../criteria.ts';
import type { Task } from '../model.ts';
import { type Ground, type Groups, marginalLoss } from './groups.ts';
import { levelAt } from './lattice.ts';

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

/** What the point costs in all. */
export const total = ({ loss, penalty }: Cost) => loss + penalty;

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
