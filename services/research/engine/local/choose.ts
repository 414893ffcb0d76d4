import { complete, type Plan } from './plan.ts';
import type { Part, Run } from './run.ts';

/**
 * Finds the best way to split a part and leaves it in `run.best`; false where there is none. Narrows the part's nodes.
 * Nodes are tried from the greatest loss down: no score is above its node's loss, so the rest can be left out early.
 */
export function choose(run: Run, part: Part): boolean {
  const { rules, shapes, open } = run;
  run.best.score = 0;
  open.fill(1);
  for (;;) {
    const attribute = widest(run, part);
    if (attribute < 0) return run.best.score > 0;
    open[attribute] = 0;
    if (!count(run, part, attribute)) continue;
    const { tried } = run;
    const { hierarchy, children } = shapes[attribute]!;
    complete(tried, rules, hierarchy, children[tried.node]!, part.rows);
    if (tried.score <= run.best.score * (1 + 1e-12)) continue;
    run.tried = run.best;
    run.best = tried;
  }
}

/** The open quasi-identifier whose node loses most, if that is more than the best score; otherwise −1. */
function widest({ shapes, open, best }: Run, { nodes }: Part): number {
  let attribute = -1;
  let most = best.score;
  for (let index = 0; index < shapes.length; index++) {
    if (!open[index] || nodes[index]! < 0) continue;
    const loss = shapes[index]!.hierarchy.loss[nodes[index]!]!;
    if (loss <= most) continue;
    attribute = index;
    most = loss;
  }
  return attribute;
}

/** Counts a part's rows by child of its node into `run.tried`; false where no child is large enough to stand alone. */
function count(run: Run, part: Part, attribute: number): boolean {
  const { tried: plan, rules, shapes } = run;
  const { hierarchy, children } = shapes[attribute]!;
  for (;;) {
    const node = part.nodes[attribute]!;
    const list = children[node]!;
    plan.attribute = attribute;
    plan.node = node;
    plan.children = list.length;
    countChildren(run, part, plan, shapes[attribute]!.slots[hierarchy.depth[node]!]!);
    const only = onlyChild(plan, part.rows);
    if (only < 0) break;
    const child = list[only]!;
    part.nodes[attribute] = child < hierarchy.leaves ? ~child : child;
    if (child < hierarchy.leaves) return false;
  }
  for (let child = 0; child < plan.children; child++) if (plan.sizes[child]! >= rules.k) return true;
  part.nodes[attribute] = ~part.nodes[attribute]!;
  return false;
}

function countChildren({ members, order, rules }: Run, part: Part, plan: Plan, slot: Int32Array): void {
  const { codes, width, weight, sensitive } = members;
  const { values } = rules;
  const { counts, sizes, attribute, children } = plan;
  const list = order.members;
  counts.fill(0, 0, children * values);
  for (let at = part.low; at < part.high; at++) {
    const member = list[at]!;
    counts[slot[codes[member * width + attribute]!]! * values + sensitive[member]!]! += weight[member]!;
  }
  for (let child = 0; child < children; child++) {
    let size = 0;
    for (let value = 0; value < values; value++) size += counts[child * values + value]!;
    sizes[child] = size;
  }
}

/** The child that holds all rows, or −1. */
function onlyChild({ sizes, children }: Plan, rows: number): number {
  for (let child = 0; child < children; child++) if (sizes[child]! > 0) return sizes[child] === rows ? child : -1;
  return -1;
}
