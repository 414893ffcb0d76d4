import type { Criteria } from '../criteria.ts';
import type { Hierarchy } from '../hierarchy.ts';
import type { Task } from '../model.ts';

/**
 * One way to split a part: children of `node` that may stand alone are kept, everything else stays together at `node`
 * as the remainder. Rows move from kept children to the remainder where either could not be published otherwise.
 */
export interface Plan {
  /** Index of the quasi-identifier. */
  attribute: number;
  node: number;
  score: number;
  children: number;
  /** Child × sensitive value: rows in the child; what leaves it is taken off. */
  counts: Int32Array;
  /** By child: the sum of its counts. */
  sizes: Int32Array;
  kept: Uint8Array;
  /** Child × sensitive value: rows that leave a kept child. */
  out: Int32Array;
  remainder: Int32Array;
  remainderSize: number;
  /** By sensitive value: no kept child can give any more of it. */
  tried: Uint8Array;
}

/** Room for a node of up to `children` children. */
export function emptyPlan(children: number, values: number): Plan {
  return {
    attribute: -1,
    node: -1,
    score: 0,
    children: 0,
    counts: new Int32Array(children * values),
    sizes: new Int32Array(children),
    kept: new Uint8Array(children),
    out: new Int32Array(children * values),
    remainder: new Int32Array(values),
    remainderSize: 0,
    tried: new Uint8Array(values),
  };
}

/** What plans are judged by. */
export interface Rules {
  criteria: Criteria;
  k: number;
  /** Number of sensitive values. */
  values: number;
  /** Whether a child may lose rows of a value that it has too much of: only where that can help it. */
  sheds: boolean;
  /**
   * What a bit revealed of the sensitive value costs, in bits of anonymity: 0 without closeness, otherwise such that
   * both budgets last equally long, which are log₂(rows / k) and, by Pinsker's inequality, 2t² / ln 2.
   */
  revealing: number;
}

export function rulesOf(task: Task, criteria: Criteria): Rules {
  const { closeness, diversity, k, values, rows } = task;
  const budget = (2 * Math.max(closeness?.t ?? 1, 0.01) ** 2) / Math.LN2;
  return {
    criteria,
    k,
    values,
    sheds: Boolean(closeness) || (diversity !== undefined && diversity.kind !== 'distinct'),
    revealing: closeness ? Math.log2(rows / k) / budget : 0,
  };
}

/**
 * Completes a plan whose attribute, node, children, counts and sizes are set: decides what is kept and moved, and
 * scores it: the NCP it wins by row, over 1 + the bits that it uses up. Score 0: the node cannot be split.
 */
export function complete(plan: Plan, rules: Rules, hierarchy: Hierarchy, children: Int32Array, size: number): void {
  plan.score = 0;
  const kept = keepChildren(plan, rules);
  if (kept === 0 || !fillRemainder(plan, rules, hierarchy, children, kept)) return;
  let gain = 0;
  let bits = used(plan.remainder, 0, plan.remainderSize, size, rules);
  for (let child = 0; child < plan.children; child++) {
    if (!plan.kept[child]) continue;
    gain += plan.sizes[child]! * (hierarchy.loss[plan.node]! - hierarchy.loss[children[child]!]!);
    bits += used(plan.counts, child * rules.values, plan.sizes[child]!, size, rules);
  }
  plan.score = gain / (size + bits);
}

/** The bits that one part of a split uses up, summed over its rows: of anonymity, and of closeness at their price. */
function used(counts: Int32Array, offset: number, size: number, of: number, { values, revealing, criteria }: Rules) {
  if (!size) return 0;
  const hiding = size * Math.log2(of / size);
  if (!revealing) return hiding;
  let revealed = 0;
  for (let value = 0; value < values; value++) {
    const rows = counts[offset + value]!;
    if (rows) revealed += rows * Math.log2(rows / size / criteria.shares[value]!);
  }
  return hiding + revealing * revealed;
}

/** Keeps what may stand alone, if need be after shedding; the others are the remainder. Returns how many are kept. */
function keepChildren(plan: Plan, rules: Rules): number {
  const { criteria, k, values, sheds } = rules;
  plan.out.fill(0);
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
function fillRemainder(plan: Plan, rules: Rules, hierarchy: Hierarchy, children: Int32Array, kept: number): boolean {
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
