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
  for (const list of lists) list.sort((a, b) => first[a]! - first[b]!);
  const slots = Array.from({ length: Math.max(...depth) }, () => new Int32Array(leaves));
  for (let code = 0; code < leaves; code++)
    for (let node = code; parent[node]! >= 0; node = parent[node]!)
      slots[depth[parent[node]!]!]![code] = lists[parent[node]!]!.indexOf(node);
  return { hierarchy, children: lists.map((list) => Int32Array.from(list)), slots };
}
