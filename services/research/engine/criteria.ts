import { Failure } from '../../../kernel/errors.ts';
import type { Task } from './model.ts';

const tolerance = 1e-9;

/** Whether a class may be published, by its counts of sensitive values. */
export interface Criteria {
  /** @param counts of the sensitive values, from `offset` on; `size` is their sum */
  met(counts: Int32Array, offset: number, size: number): boolean;
  /** Whether the class is as close as asked to a table with these shares of the sensitive values. */
  close(counts: Int32Array, offset: number, size: number, shares: Float64Array): boolean;
  /**
   * A lower bound of the rows that stay unpublished however a class that is not met is divided: a union of parts that
   * meet a criterion meets it.
   */
  lost(counts: Int32Array, offset: number, size: number): number;
  /** The sensitive value whose next row brings the counts closest to being met; `tried` values are left out. */
  wanted(counts: Int32Array, offset: number, size: number, tried: Uint8Array): number;
  /** The share of each sensitive value in the whole table. */
  shares: Float64Array;
}

/** @throws Failure `business-rule` where not even the whole table as one class meets the criteria */
export function criteriaOf(task: Task): Criteria {
  const { k, values } = task;
  const totals = new Int32Array(values);
  for (const value of task.sensitive) totals[value]!++;
  const shares = Float64Array.from(totals, (count) => count / task.rows);
  const diverse = diversityTest(task);
  const close = closenessTest(task);
  const criteria: Criteria = {
    shares,
    close,
    met: (counts, offset, size) => size >= k && diverse(counts, offset, size) && close(counts, offset, size, shares),
    lost(counts, offset, size) {
      if (size < k || (task.diversity?.kind === 'distinct' && !diverse(counts, offset, size))) return size;
      if (task.closeness?.distance !== 'equal') return 0;
      const most = mostWithin(task.closeness.t, counts, offset, size, shares);
      return most < k ? size : size - most;
    },
    wanted(counts, offset, size, tried) {
      const rarest = !diverse(counts, offset, size);
      let best = -1;
      let least = Infinity;
      for (let value = 0; value < values; value++) {
        if (tried[value]) continue;
        const surplus = counts[offset + value]! - (rarest ? 0 : shares[value]! * (size + 1));
        const rank = rarest ? surplus - shares[value]! : surplus;
        if (rank >= least) continue;
        best = value;
        least = rank;
      }
      return best;
    },
  };
  if (criteria.met(totals, 0, task.rows)) return criteria;
  const why = task.rows < k ? 'k is larger than the table' : 'the sensitive column has too little variety for l';
  throw new Failure('business-rule', `The table cannot be anonymised as asked: ${why}.`);
}

type Test = (counts: Int32Array, offset: number, size: number) => boolean;

function diversityTest({ diversity, values }: Task): Test {
  if (!diversity) return () => true;
  const { l } = diversity;
  if (diversity.kind === 'distinct') return (counts, offset) => distinctValues(counts, offset, values) >= l;
  if (diversity.kind === 'entropy')
    return (counts, offset, size) => entropy(counts, offset, values, size) >= Math.log(l) - tolerance;
  const sorted = new Int32Array(values);
  const { c } = diversity;
  return (counts, offset) => {
    sorted.set(counts.subarray(offset, offset + values));
    sorted.sort();
    let tail = 0;
    for (let rank = l - 1; rank < values; rank++) tail += sorted[values - 1 - rank]!;
    return sorted[values - 1]! < c * tail;
  };
}

function closenessTest({ closeness, values }: Task): Criteria['close'] {
  if (!closeness) return () => true;
  const distance = closeness.distance === 'equal' ? equalDistance : orderedDistance;
  return (counts, offset, size, shares) => distance(counts, offset, values, size, shares) <= closeness.t + tolerance;
}

export function distinctValues(counts: Int32Array, offset: number, values: number): number {
  let distinct = 0;
  for (let value = 0; value < values; value++) if (counts[offset + value]) distinct++;
  return distinct;
}

/** Shannon entropy in nats; its exponential is the l that is reached. */
export function entropy(counts: Int32Array, offset: number, values: number, size: number): number {
  let sum = 0;
  for (let value = 0; value < values; value++) {
    const share = counts[offset + value]! / size;
    if (share > 0) sum -= share * Math.log(share);
  }
  return sum;
}

/** Half the sum of the differences: the earth mover's distance where every two values are 1 apart. */
export function equalDistance(
  counts: Int32Array,
  offset: number,
  values: number,
  size: number,
  shares: Float64Array,
): number {
  let sum = 0;
  for (let value = 0; value < values; value++) sum += Math.abs(counts[offset + value]! / size - shares[value]!);
  return sum / 2;
}

/** The earth mover's distance where neighbours are 1 / (values − 1) apart: the mean of the cumulative differences. */
export function orderedDistance(
  counts: Int32Array,
  offset: number,
  values: number,
  size: number,
  shares: Float64Array,
): number {
  let sum = 0;
  let carried = 0;
  for (let value = 0; value < values - 1; value++) {
    carried += counts[offset + value]! / size - shares[value]!;
    sum += Math.abs(carried);
  }
  return sum / Math.max(1, values - 1);
}

/** The most rows of a class that can be chosen so that their equal distance is at most t. */
function mostWithin(t: number, counts: Int32Array, offset: number, size: number, shares: Float64Array): number {
  let [within, beyond] = [0, size + 1];
  while (beyond - within > 1) {
    const rows = (within + beyond) >> 1;
    let fair = 0;
    for (let value = 0; value < shares.length; value++)
      fair += Math.min(counts[offset + value]!, rows * shares[value]!);
    if (fair >= rows * (1 - t) - tolerance * rows) within = rows;
    else beyond = rows;
  }
  return within;
}
