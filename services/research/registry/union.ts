/** Disjoint sets of the numbers 0 … count − 1. */
export interface Union {
  parent: Int32Array;
}

export const unionOf = (count: number): Union => ({ parent: Int32Array.from({ length: count }, (_, each) => each) });

/** The number that stands for the set. */
export function rootOf({ parent }: Union, each: number): number {
  let root = each;
  while (parent[root] !== root) {
    parent[root] = parent[parent[root]!]!;
    root = parent[root]!;
  }
  return root;
}

export function join(union: Union, a: number, b: number): void {
  const [one, other] = [rootOf(union, a), rootOf(union, b)];
  union.parent[Math.max(one, other)] = Math.min(one, other);
}
