import type { Hierarchy } from '../hierarchy.ts';
import type { Plan, Rules } from './plan.ts';

/** Keeps what may stand alone, if need be after shedding; the others are the remainder. Returns how many are kept. */
export function keepChildren(plan: Plan, rules: Rules): number {
  const { criteria, k, values, sheds } = rules;
  plan.out.fill(0, 0, plan.children * values);
  plan.remainder.fill(0);
  plan.remainderSize = 0;
  let kept = 0;
  for (let child = 0; child < plan.children; child++) {
    const size = plan.sizes[child]!;
    const alone = size >= k && (criteria.met(plan.counts, child * values, size) || (sheds && shed(plan, rules, child)));
    plan.kept[child] = alone ? 1 : 0;
    if (alone) kept++;
    else join(plan, values, child);
  }
  return kept;
}

/** Moves all that is left of a child to the remainder. */
function join(plan: Plan, values: number, child: number): void {
  for (let value = 0; value < values; value++) {
    plan.remainder[value]! += plan.counts[child * values + value]!;
    plan.out[child * values + value] = 0;
  }
  plan.remainderSize += plan.sizes[child]!;
  plan.kept[child] = 0;
}

/** Steps of one row in small parts, of half a per cent in large ones. */
const step = (size: number) => 1 + (size >> 8);

/** Moves rows of the most over-represented values out of a child until it meets the criteria; undoes it in vain. */
function shed(plan: Plan, { criteria, k, values }: Rules, child: number): boolean {
  const { counts, out, remainder } = plan;
  const offset = child * values;
  for (let size = plan.sizes[child]!; size > k; ) {
    const value = mostExcess(counts, offset, values, size, criteria.shares);
    const rows = Math.min(step(size), size - k, counts[offset + value]!);
    counts[offset + value]! -= rows;
    out[offset + value]! += rows;
    size -= rows;
    if (!criteria.met(counts, offset, size)) continue;
    for (let each = 0; each < values; each++) remainder[each]! += out[offset + each]!;
    plan.remainderSize += plan.sizes[child]! - size;
    plan.sizes[child] = size;
    return true;
  }
  for (let each = 0; each < values; each++) {
    counts[offset + each]! += out[offset + each]!;
    out[offset + each] = 0;
  }
  return false;
}

function mostExcess(counts: Int32Array, offset: number, values: number, size: number, shares: Float64Array): number {
  let best = 0;
  let most = -Infinity;
  for (let value = 0; value < values; value++) {
    const excess = counts[offset + value]! - shares[value]! * size;
    if (counts[offset + value] === 0 || excess <= most) continue;
    best = value;
    most = excess;
  }
  return best;
}

/** Moves rows, or whole children, to the remainder until it is empty or meets the criteria; false where nothing is left. */
export function fillRemainder(
  plan: Plan,
  rules: Rules,
  hierarchy: Hierarchy,
  children: Int32Array,
  kept: number,
): boolean {
  const { criteria, values } = rules;
  const tried = plan.tried.fill(0);
  let left = kept;
  while (plan.remainderSize > 0 && !criteria.met(plan.remainder, 0, plan.remainderSize)) {
    const value = criteria.wanted(plan.remainder, 0, plan.remainderSize, tried);
    if (value >= 0) {
      if (donate(plan, rules, hierarchy, children, value)) tried.fill(0);
      else tried[value] = 1;
      continue;
    }
    if (--left === 0) return false;
    join(plan, values, smallestKept(plan));
    tried.fill(0);
  }
  return true;
}

/** Takes rows of a sensitive value from the kept child that loses least by it and still meets the criteria after. */
function donate(plan: Plan, { criteria, values }: Rules, hierarchy: Hierarchy, children: Int32Array, value: number) {
  const { counts, sizes, kept, out } = plan;
  const rows = step(plan.remainderSize);
  let donor = -1;
  for (let child = 0; child < plan.children; child++) {
    const at = child * values + value;
    if (!kept[child] || counts[at]! < rows) continue;
    counts[at]! -= rows;
    const able = criteria.met(counts, child * values, sizes[child]! - rows);
    counts[at]! += rows;
    if (able && (donor < 0 || losesLess(hierarchy.loss, children, sizes, child, donor))) donor = child;
  }
  if (donor < 0) return false;
  counts[donor * values + value]! -= rows;
  out[donor * values + value]! += rows;
  sizes[donor]! -= rows;
  plan.remainder[value]! += rows;
  plan.remainderSize += rows;
  return true;
}

function losesLess(loss: Float64Array, children: Int32Array, sizes: Int32Array, a: number, b: number): boolean {
  const difference = loss[children[a]!]! - loss[children[b]!]!;
  return difference > 0 || (difference === 0 && sizes[a]! > sizes[b]!);
}

function smallestKept({ kept, sizes, children }: Plan): number {
  let smallest = -1;
  for (let child = 0; child < children; child++)
    if (kept[child] && (smallest < 0 || sizes[child]! < sizes[smallest]!)) smallest = child;
  return smallest;
}
