import { lowestOver } from '../hierarchy.ts';
import { grown, splitOff } from './members.ts';
import type { Plan } from './plan.ts';
import type { Order, Part, Run } from './run.ts';
import type { Shape } from './shape.ts';

/** How many of the first members that could leave a child are compared. */
const candidates = 64;

/**
 * Divides a part by the run's best plan, in place: kept children in their order, then the remainder. Members that are
 * split make the range longer, over what stands after it.
 * @returns where the new parts end; the last one is the remainder's, and may be empty
 */
export function divide(run: Run, part: Part): number[] {
  const { order, members, best, shapes } = run;
  const { hierarchy, slots } = shapes[best.attribute]!;
  const slot = slots[hierarchy.depth[best.node]!]!;
  for (let at = part.low; at < part.high; at++) {
    const child = slot[members.codes[order.members[at]! * members.width + best.attribute]!]!;
    order.part[at] = best.kept[child] ? child : best.children;
  }
  return arrange(order, part.low, moveOut(run, part), best);
}

/** Marks the rows that the plan moves out of its kept children; returns the new end of the range. */
function moveOut(run: Run, part: Part): number {
  const { kept, children, out, remainder } = run.best;
  let box: Int32Array | undefined;
  let end = part.high;
  for (let child = 0; child < children; child++)
    for (let value = 0; kept[child] && value < remainder.length; value++) {
      const rows = out[child * remainder.length + value]!;
      if (!rows) continue;
      box ??= boxOf(run, part);
      end = moveRows(run, part, box, { child, value, rows, end });
    }
  return end;
}

/** By quasi-identifier: the lowest node over the remainder's codes, or −1 where the remainder is empty. */
function boxOf({ order, members, shapes, best }: Run, { low, high }: Part): Int32Array {
  const box = new Int32Array(members.width).fill(-1);
  for (let at = low; at < high; at++)
    if (order.part[at] === best.children) extend(box, members.codes, order.members[at]! * members.width, shapes);
  return box;
}

function extend(box: Int32Array, codes: Int32Array, offset: number, shapes: readonly Shape[]): void {
  for (let index = 0; index < box.length; index++) {
    const code = codes[offset + index]!;
    box[index] = box[index]! < 0 ? code : lowestOver(shapes[index]!.hierarchy, code, code, box[index]!);
  }
}

interface Move {
  child: number;
  /** Sensitive value. */
  value: number;
  rows: number;
  /** Of the range so far. */
  end: number;
}

/** Moves rows of one sensitive value out of a child, those first that widen the remainder's box least. */
function moveRows(run: Run, { low, high }: Part, box: Int32Array, move: Move): number {
  const { order, members, shapes, best } = run;
  const window: number[] = [];
  let { rows, end } = move;
  for (let cursor = low; rows > 0; ) {
    for (; cursor < high && window.length < candidates; cursor++)
      if (order.part[cursor] === move.child && members.sensitive[order.members[cursor]!] === move.value)
        window.push(cursor);
    const at = window.splice(nearestOf(run, box, window), 1)[0]!;
    const member = order.members[at]!;
    extend(box, members.codes, member * members.width, shapes);
    if (members.weight[member]! <= rows) {
      rows -= members.weight[member]!;
      order.part[at] = best.children;
    } else {
      append(order, splitOff(members, member, rows), best.children, end++);
      rows = 0;
    }
  }
  return end;
}

function nearestOf({ order, members, shapes }: Run, box: Int32Array, window: readonly number[]): number {
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

function append(order: Order, member: number, part: number, end: number): void {
  if (end === order.members.length) {
    const capacity = end * 2 + 16;
    order.members = grown(order.members, capacity);
    order.part = grown(order.part, capacity);
    order.spare = new Int32Array(capacity);
  }
  order.members[end] = member;
  order.part[end] = part;
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
