import type { Hierarchy } from '../hierarchy.ts';

/** A hierarchy laid out for counting the children of a node. */
export interface Shape {
  hierarchy: Hierarchy;
  /** By node: its children, in the order of their codes. */
  children: readonly Int32Array[];
  /** By depth of a node, then code: which of the node's children holds the code. */
  slots: readonly Int32Array[];
}

export function shapeOf(hierarchy: Hierarchy): Shape {
  const { parent, first, depth, leaves } = hierarchy;
  const lists: number[][] = Array.from(parent, () => []);
  for (const [node, above] of parent.entries()) if (above >= 0) lists[above]!.push(node);
  const rank = new Int32Array(parent.length);
  for (const list of lists) {
    list.sort((a, b) => first[a]! - first[b]!);
    for (const [index, node] of list.entries()) rank[node] = index;
  }
  const deepest = depth.reduce((most, each) => Math.max(most, each));
  const slots = Array.from({ length: deepest }, () => new Int32Array(leaves));
  for (let code = 0; code < leaves; code++)
    for (let node = code; parent[node]! >= 0; node = parent[node]!) slots[depth[node]! - 1]![code] = rank[node]!;
  return { hierarchy, children: lists.map((list) => Int32Array.from(list)), slots };
}

/** The largest number of children that a node has. */
export const widestOf = (shapes: readonly Shape[]) =>
  shapes.reduce((most, { children }) => children.reduce((wide, { length }) => Math.max(wide, length), most), 1);
