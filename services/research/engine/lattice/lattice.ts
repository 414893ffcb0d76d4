import { Failure } from '../../../../kernel/errors.ts';
import type { Hierarchy } from '../hierarchy.ts';

/** The full-domain generalisations: a point has one level per quasi-identifier and is their number in mixed radix. */
export interface Lattice {
  heights: Int32Array;
  strides: Int32Array;
  points: number;
}

const most = 2 ** 20;

/** @throws Failure `not-supported` above 2²⁰ points */
export function latticeOf(hierarchies: readonly Hierarchy[]): Lattice {
  const heights = Int32Array.from(hierarchies, ({ levels }) => levels.length);
  const strides = new Int32Array(heights.length);
  let points = 1;
  for (const [index, height] of heights.entries()) {
    strides[index] = points;
    points *= height;
    if (points > most)
      throw new Failure(
        'not-supported',
        'There are too many generalisations to find the best one: use local recoding.',
      );
  }
  return { heights, strides, points };
}

/** The level of a quasi-identifier at a point. */
export function levelAt({ heights, strides }: Lattice, point: number, index: number): number {
  return Math.floor(point / strides[index]!) % heights[index]!;
}

/** The point's levels, by quasi-identifier. */
export function levelsAt(lattice: Lattice, point: number): Int32Array {
  return lattice.heights.map((_, index) => levelAt(lattice, point, index));
}

/** Whether no level of the first point is above the second's. */
export function isBelow(lattice: Lattice, low: number, high: number): boolean {
  for (let index = 0; index < lattice.heights.length; index++)
    if (levelAt(lattice, low, index) > levelAt(lattice, high, index)) return false;
  return true;
}

/** Calls `visit` with the point and every point below it. */
export function forDownSet(lattice: Lattice, point: number, visit: (below: number) => void): void {
  const top = levelsAt(lattice, point);
  const at = new Int32Array(top.length);
  for (let below = 0; ; ) {
    visit(below);
    let index = 0;
    for (; index < top.length && at[index] === top[index]; index++) {
      below -= at[index]! * lattice.strides[index]!;
      at[index] = 0;
    }
    if (index === top.length) return;
    at[index]!++;
    below += lattice.strides[index]!;
  }
}
