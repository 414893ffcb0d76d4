import { lowestOver } from '../hierarchy.ts';
import { grown, type Members, splitOff } from './members.ts';
import type { Plan } from './plan.ts';
import type { Shape } from './shape.ts';

/** The members in the order of their parts: a part is a range. */
export interface Order {
  members: Int32Array;
  /** Room to reorder a range. */
  spare: Int32Array;
  /** By position in the range that is being divided: the part it goes to. */
  part: Int32Array;
}

export function orderOf({ count }: Members): Order {
  return {
    members: Int32Array.from({ length: count }, (_, member) => member),
    spare: new Int32Array(count),
    part: new Int32Array(count),
  };
}

/** How many of the first members that could leave a child are compared. */
const candidates = 64;

/**
 * Divides the members at `low` to `high` (exclusive) by a plan, in place: kept children in their order, then the
 * remainder. Members that are split make the range longer, over what stands after it.
 * @returns where the parts end; the last one is the remainder's, and may be empty
 */
export function divide(
  order: Order,
  members: Members,
  low: number,
  high: number,
  plan: Plan,
  shapes: readonly Shape[],
): number[] {
  const { hierarchy, slots } = shapes[plan.attribute]!;
  const slot = slots[hierarchy.depth[plan.node]!]!;
  const remainder = plan.children;
  for (let at = low; at < high; at++) {
    const child = slot[members.codes[order.members[at]! * members.width + plan.attribute]!]!;
    order.part[at] = plan.kept[child] ? child : remainder;
  }
  const end = moveOut(order, members, low, high, plan, shapes);
  return arrange(order, low, end, plan);
}

/** Marks the rows that the plan moves out of its kept children; returns the new end of the range. */
function moveOut(
  order: Order,
  members: Members,
  low: number,
  high: number,
  plan: Plan,
  shapes: readonly Shape[],
): number {
  const values = plan.remainder.length;
  let end = high;
  let box: Int32Array | undefined;
  for (let child = 0; child < plan.children; child++)
    for (let value = 0; plan.kept[child] && value < values; value++) {
      const rows = plan.out[child * values + value]!;
      if (!rows) continue;
      box ??= boxOf(order, members, low, high, plan.children, shapes);
      end = moveRows({ order, members, low, high, end, shapes, box, child, value, rows, remainder: plan.children });
    }
  return end;
}

/** By quasi-identifier: the lowest node over the remainder's codes, or −1 where the remainder is empty. */
function boxOf(
  order: Order,
  { codes, width }: Members,
  low: number,
  high: number,
  remainder: number,
  shapes: readonly Shape[],
): Int32Array {
  const box = new Int32Array(width).fill(-1);
  for (let at = low; at < high; at++)
    if (order.part[at] === remainder) extend(box, codes, order.members[at]! * width, shapes);
  return box;
}

function extend(box: Int32Array, codes: Int32Array, offset: number, shapes: readonly Shape[]): void {
  for (let index = 0; index < box.length; index++) {
    const code = codes[offset + index]!;
    box[index] = box[index]! < 0 ? code : lowestOver(shapes[index]!.hierarchy, code, code, box[index]!);
  }
}

interface Move {
  order: Order;
  members: Members;
  low: number;
  high: number;
  end: number;
  shapes: readonly Shape[];
  box: Int32Array;
  child: number;
  value: number;
  rows: number;
  remainder: number;
}

/** Moves `rows` rows of one sensitive value out of a child, those first that widen the remainder's box least. */
function moveRows(move: Move): number {
  const { order, members, high, shapes, box, child, value, remainder } = move;
  const window: number[] = [];
  let { end, rows } = move;
  for (let cursor = move.low; rows > 0; ) {
    for (; cursor < high && window.length < candidates; cursor++)
      if (order.part[cursor] === child && members.sensitive[order.members[cursor]!] === value) window.push(cursor);
    const nearest = nearestOf(window, move);
    const at = window.splice(nearest, 1)[0]!;
    const member = order.members[at]!;
    extend(box, members.codes, member * members.width, shapes);
    if (members.weight[member]! <= rows) {
      rows -= members.weight[member]!;
      order.part[at] = remainder;
    } else {
      end = append(order, splitOff(members, member, rows), remainder, end);
      rows = 0;
    }
  }
  return end;
}

function nearestOf(window: readonly number[], { order, members, shapes, box }: Move): number {
  let nearest = 0;
  let least = Infinity;
  for (let index = 0; index < window.length && least > 0; index++) {
    const cost = widening(box, members.codes, order.members[window[index]!]! * members.width, shapes);
    if (cost >= least) continue;
    nearest = index;
    least = cost;
  }
  return nearest;
}

/** What the box loses in NCP, summed over the quasi-identifiers, when it takes a member in. */
function widening(box: Int32Array, codes: Int32Array, offset: number, shapes: readonly Shape[]): number {
  if (box[0]! < 0) return 0;
  let cost = 0;
  for (let index = 0; index < box.length; index++) {
    const { hierarchy } = shapes[index]!;
    const { first, last, loss } = hierarchy;
    const code = codes[offset + index]!;
    const node = box[index]!;
    if (code < first[node]! || code > last[node]!) cost += loss[lowestOver(hierarchy, code, code, node)]! - loss[node]!;
  }
  return cost;
}

function append(order: Order, member: number, part: number, end: number): number {
  if (end === order.members.length) {
    const capacity = end * 2 + 16;
    order.members = grown(order.members, capacity);
    order.part = grown(order.part, capacity);
    order.spare = new Int32Array(capacity);
  }
  order.members[end] = member;
  order.part[end] = part;
  return end + 1;
}

/** Sorts a range by part, stably. */
function arrange({ members, spare, part }: Order, low: number, end: number, plan: Plan): number[] {
  const starts = new Int32Array(plan.children + 2);
  for (let at = low; at < end; at++) starts[part[at]! + 1]!++;
  for (let index = 0; index <= plan.children; index++) starts[index + 1]! += starts[index]!;
  const ends: number[] = [];
  for (let child = 0; child < plan.children; child++) if (plan.kept[child]) ends.push(low + starts[child + 1]!);
  ends.push(end);
  for (let at = low; at < end; at++) spare[starts[part[at]!]!++] = members[at]!;
  for (let at = low; at < end; at++) members[at] = spare[at - low]!;
  return ends;
}
