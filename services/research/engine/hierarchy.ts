import { Failure } from '../../../kernel/errors.ts';

/**
 * A generalisation hierarchy: a tree over the values of one column. Leaves are numbered depth-first, so the leaves under
 * any node are the codes `first[node]` to `last[node]`. A node is its set of leaves: a level that groups nothing adds none.
 */
export interface Hierarchy {
  name: string;
  /** Number of values; nodes 0 … leaves − 1 are the values themselves. */
  leaves: number;
  /** By node. */
  labels: readonly string[];
  first: Int32Array;
  last: Int32Array;
  /** By node; −1 above the root. */
  parent: Int32Array;
  depth: Int32Array;
  /** By node: (leaves under it − 1) / (leaves − 1), its share of NCP; 0 everywhere where there is only one value. */
  loss: Float64Array;
  /** Full-domain levels: level → code → node; level 0 are the values, the last level is the root. */
  levels: readonly Int32Array[];
  root: number;
  codes: ReadonlyMap<string, number>;
}

/**
 * @param rows one per value: the value, then its generalisations up to one that all share (ARX's form)
 * @throws Failure `structure` where the rows are no tree with one root
 */
export function hierarchyOf(name: string, rows: readonly (readonly string[])[]): Hierarchy {
  const height = rows[0]?.length ?? 0;
  if (!height) throw broken(name, 'it is empty');
  if (rows.some((row) => row.length !== height)) throw broken(name, 'its lines differ in length');
  if (new Set(rows.map((row) => row[0])).size !== rows.length) throw broken(name, 'a value occurs twice');
  if (new Set(rows.map((row) => row[height - 1])).size > 1) throw broken(name, 'its last level has several values');
  for (let level = 1; level < height; level++) refuseTwoParents(name, rows, level);
  return tree(name, depthFirst(rows), height);
}

/** The lowest node over the codes `low` to `high`, which must lie under `from` or any node of the path above it. */
export function lowestOver(hierarchy: Hierarchy, low: number, high: number, from = low): number {
  let node = from;
  while (hierarchy.first[node]! > low || hierarchy.last[node]! < high) node = hierarchy.parent[node]!;
  return node;
}

/** The values of a column that has no hierarchy of its own: they stay as they are or become `*`. */
export function flatHierarchy(name: string, values: Iterable<string>): Hierarchy {
  return hierarchyOf(
    name,
    [...new Set(values)].map((value) => [value, '*']),
  );
}

const broken = (name: string, what: string) =>
  new Failure('structure', `The hierarchy of ${name} is no tree: ${what}.`);

/** Rows of one group stand together, groups in the order in which the file first names them. */
function depthFirst(rows: readonly (readonly string[])[]): (readonly string[])[] {
  const ranks = new Map<string, number>();
  const rank = (row: readonly string[], level: number) => {
    const path = JSON.stringify(row.slice(level));
    if (!ranks.has(path)) ranks.set(path, ranks.size);
    return ranks.get(path)!;
  };
  const keyed = rows.map((row) => ({ row, key: row.map((_, level) => rank(row, level)).reverse() }));
  keyed.sort((a, b) => {
    const at = a.key.findIndex((each, index) => each !== b.key[index]);
    return at < 0 ? 0 : a.key[at]! - b.key[at]!;
  });
  return keyed.map(({ row }) => row);
}

/** One label of a level is one group: it must not stand under two labels of the next level. */
function refuseTwoParents(name: string, rows: readonly (readonly string[])[], level: number): void {
  const above = new Map<string, string | undefined>();
  for (const row of rows) {
    const [label, parent] = [row[level]!, row[level + 1]];
    if (above.has(label) && above.get(label) !== parent) throw broken(name, 'a group stands under two others');
    above.set(label, parent);
  }
}

function tree(name: string, rows: readonly (readonly string[])[], height: number): Hierarchy {
  const leaves = rows.length;
  const nodes = rows.map((row, code) => ({ label: row[0]!, first: code, last: code, parent: -1 }));
  const levels = [Int32Array.from(rows.keys())];
  for (let level = 1; level < height; level++) {
    const below = levels[level - 1]!;
    const nodeOf = new Int32Array(leaves);
    for (let first = 0, last = 0; first < leaves; first = last + 1) {
      for (last = first; rows[last + 1]?.[level] === rows[first]![level]; ) last++;
      const only = below[first] === below[last];
      const node = only ? below[first]! : nodes.push({ label: rows[first]![level]!, first, last, parent: -1 }) - 1;
      if (!only) for (let code = first; code <= last; code++) nodes[below[code]!]!.parent = node;
      nodeOf.fill(node, first, last + 1);
    }
    levels.push(nodeOf);
  }
  const root = levels[height - 1]![0]!;
  const depth = new Int32Array(nodes.length);
  for (let node = nodes.length - 1; node >= 0; node--) if (node !== root) depth[node] = depth[nodes[node]!.parent]! + 1;
  return {
    name,
    leaves,
    labels: nodes.map(({ label }) => label),
    first: Int32Array.from(nodes, ({ first }) => first),
    last: Int32Array.from(nodes, ({ last }) => last),
    parent: Int32Array.from(nodes, ({ parent }) => parent),
    depth,
    loss: Float64Array.from(nodes, ({ first, last }) => (last - first) / Math.max(1, leaves - 1)),
    levels,
    root,
    codes: new Map(rows.map((row, code) => [row[0]!, code])),
  };
}
