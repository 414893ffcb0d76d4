import type { Criteria } from '../criteria.ts';
import type { Hierarchy } from '../hierarchy.ts';
import type { Task } from '../model.ts';
import { fillRemainder, keepChildren } from './repair.ts';

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
