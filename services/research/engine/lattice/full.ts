import { type Criteria, criteriaOf } from '../criteria.ts';
import { type Model, taskOf } from '../model.ts';
import { type Recoding, recodingOf } from '../recoding.ts';
import type { Table } from '../table.ts';
import { publishable } from './cost.ts';
import { type Ground, groundOf, rollUp } from './groups.ts';
import { latticeOf, levelsAt } from './lattice.ts';
import { searchLattice } from './search.ts';

/** A full-domain recoding: every value of a column is published at the same level of its hierarchy. */
export interface FullDomain extends Recoding {
  /** By quasi-identifier. */
  levels: Int32Array;
  /** Points of the lattice, and how many of them were evaluated. */
  points: number;
  evaluated: number;
}

/**
 * Full-domain recoding with the least NCP of all that meet the model; classes that do not are suppressed.
 * @param mostSuppressed share of rows that may be, 0 to 1
 * @throws Failure as `taskOf`, `criteriaOf` and `latticeOf` do
 */
export function recodeFullDomain(table: Table, model: Model, mostSuppressed = 0): FullDomain {
  const task = taskOf(table, model);
  const criteria = criteriaOf(task);
  const lattice = latticeOf(task.quasi.map(({ hierarchy }) => hierarchy));
  const ground = groundOf(task, lattice);
  const found = searchLattice(ground, criteria, Math.floor(mostSuppressed * task.rows + 1e-9));
  return {
    ...publish(ground, criteria, found.point),
    levels: levelsAt(lattice, found.point),
    points: lattice.points,
    evaluated: found.evaluated,
  };
}

function publish(ground: Ground, criteria: Criteria, point: number): Recoding {
  const { task, lattice, codes, tupleOf } = ground;
  const groups = rollUp(ground, ground.bottom, point);
  const open = publishable(task, criteria, groups);
  const kept = Array.from(open.keys()).filter((group) => open[group]);
  const part = new Int32Array(groups.count).fill(-1);
  for (const [index, group] of kept.entries()) part[group] = index;
  const levels = levelsAt(lattice, point);
  const ends = (end: 'first' | 'last') =>
    task.quasi.map(({ hierarchy }, index) => {
      const nodes = hierarchy.levels[levels[index]!]!;
      return Int32Array.from(kept, (group) => hierarchy[end][nodes[codes[index]![groups.tuple[group]!]!]!]!);
    });
  const partOf = tupleOf.map((tuple) => part[groups.of[tuple]!]!);
  return recodingOf(task.quasi, partOf, kept.length, ends('first'), ends('last'), 'node');
}
