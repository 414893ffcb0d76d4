import { classSizes, type Recoding } from './recoding.ts';
import { columnOf, type Table } from './table.ts';
import { tuplesOf } from './tuples.ts';

/** Probabilities that a released row is tied to its person (El Emam and Dankar 2008). */
export interface Risk {
  /** The attacker knows that the person is in the release: 1 / rows of the class. */
  prosecutor: { highest: number; mean: number };
  /** The attacker knows that the person is in the population: 1 / people whom the class's published values fit. */
  journalist: { highest: number; mean: number };
  /** The share of all released rows that an attacker ties right who matches all of them with the population. */
  marketer: number;
}

/**
 * @param population with the quasi-identifiers as columns of the same hierarchies, everybody of the release among them;
 *   where it is absent, the release itself is the population
 */
export function riskOf(recoding: Recoding, population?: Table): Risk {
  const sizes = classSizes(recoding);
  const fitting = population ? peopleFitting(recoding, population) : sizes;
  const [published, people] = [risks(sizes, sizes), risks(sizes, fitting)];
  return { prosecutor: published, journalist: people, marketer: people.mean };
}

/** @param among by class: between how many people its rows cannot be told apart */
function risks(sizes: Int32Array, among: Int32Array): { highest: number; mean: number } {
  let [highest, sum, rows] = [0, 0, 0];
  for (const [id, size] of sizes.entries()) {
    if (!size) continue;
    const risk = 1 / Math.max(size, among[id]!);
    highest = Math.max(highest, risk);
    sum += size * risk;
    rows += size;
  }
  return { highest, mean: rows ? sum / rows : 0 };
}

/** By class: the people whose codes all lie in its published ranges. */
function peopleFitting(recoding: Recoding, population: Table): Int32Array {
  const { quasi, classes, low, high } = recoding;
  const columns = quasi.map(({ name }) => columnOf(population, name).codes);
  const { count, first, weight } = tuplesOf(columns, population.rows);
  const { index: selective, byCode } = mostSelective(recoding);
  const fitting = new Int32Array(classes);
  for (let tuple = 0; tuple < count; tuple++) {
    const row = first[tuple]!;
    for (const id of byCode[columns[selective]![row]!]!)
      if (fits(columns, row, low, high, id)) fitting[id]! += weight[tuple]!;
  }
  return fitting;
}

function fits(
  columns: readonly Int32Array[],
  row: number,
  low: readonly Int32Array[],
  high: readonly Int32Array[],
  id: number,
): boolean {
  for (let index = 0; index < columns.length; index++) {
    const code = columns[index]![row]!;
    if (code < low[index]![id]! || code > high[index]![id]!) return false;
  }
  return true;
}

/** The quasi-identifier whose published ranges are shortest for their domain, and for each of its codes the classes over it. */
function mostSelective({ quasi, classes, low, high }: Recoding): { index: number; byCode: number[][] } {
  const shares = quasi.map(({ hierarchy: { leaves } }, index) => {
    let widths = 0;
    for (let id = 0; id < classes; id++) widths += high[index]![id]! - low[index]![id]! + 1;
    return widths / leaves;
  });
  const index = shares.indexOf(Math.min(...shares));
  const byCode: number[][] = Array.from({ length: quasi[index]!.hierarchy.leaves }, () => []);
  for (let id = 0; id < classes; id++)
    for (let code = low[index]![id]!; code <= high[index]![id]!; code++) byCode[code]!.push(id);
  return { index, byCode };
}
