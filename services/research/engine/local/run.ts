import type { Members } from './members.ts';
import { emptyPlan, type Plan, type Rules } from './plan.ts';
import { type Shape, widestOf } from './shape.ts';

/** The members in the order of their parts: a part is a range. */
export interface Order {
  members: Int32Array;
  /** Room to reorder a range. */
  spare: Int32Array;
  /** By position in the range that is being divided: the part it goes to. */
  part: Int32Array;
}

function orderOf(count: number): Order {
  return {
    members: Int32Array.from({ length: count }, (_, member) => member),
    spare: new Int32Array(count),
    part: new Int32Array(count),
  };
}

/** A part that may still be split: a range of the order, its rows, and the node it lies under by quasi-identifier. */
export interface Part {
  low: number;
  high: number;
  rows: number;
  /** Complemented (~node) where no child of the node can stand alone; then none can in any part of this part. */
  nodes: number[];
}

/** Everything that one run works on. */
export interface Run {
  members: Members;
  order: Order;
  shapes: readonly Shape[];
  rules: Rules;
  /** The best plan of a part so far, and the one that is tried; they change places. */
  best: Plan;
  tried: Plan;
  /** By quasi-identifier: 1 while it has not been tried for the part. */
  open: Uint8Array;
}

export function runOf(members: Members, shapes: readonly Shape[], rules: Rules): Run {
  const widest = widestOf(shapes);
  const [best, tried] = [emptyPlan(widest, rules.values), emptyPlan(widest, rules.values)];
  const order = orderOf(members.count);
  return { members, order, shapes, rules, best, tried, open: new Uint8Array(shapes.length) };
}
