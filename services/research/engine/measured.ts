import { distinctValues, entropy, equalDistance, orderedDistance } from './criteria.ts';
import { type Model, taskOf } from './model.ts';
import { classSizes, type Recoding } from './recoding.ts';
import type { Table } from './table.ts';

/** What the published rows reach, whatever was asked for. */
export interface Measured {
  /** Rows of the smallest class; 0 where nothing is published. */
  k: number;
  /** Of the sensitive column: the least of all classes, and the greatest distance of one from all published rows. */
  sensitive?: { distinct: number; entropy: number; equalDistance: number; orderedDistance: number };
}

/** Measures a recoding of the table by the columns that the model names; its parameters do not matter. */
export function measure(table: Table, model: Model, recoding: Recoding): Measured {
  const { sensitive, values } = taskOf(table, model);
  const { classes, classOf } = recoding;
  const sizes = classSizes(recoding);
  const k = classes ? sizes.reduce((least, size) => Math.min(least, size)) : 0;
  if (!model.sensitive || !classes) return { k };
  const counts = new Int32Array(classes * values);
  const totals = new Int32Array(values);
  for (const [row, id] of classOf.entries()) {
    if (id < 0) continue;
    counts[id * values + sensitive[row]!]!++;
    totals[sensitive[row]!]!++;
  }
  const published = sizes.reduce((sum, size) => sum + size);
  const shares = Float64Array.from(totals, (count) => count / published);
  const each = <T>(of: (offset: number, size: number) => T) => Array.from(sizes, (size, id) => of(id * values, size));
  const least = (all: number[]) => all.reduce((a, b) => Math.min(a, b));
  const most = (all: number[]) => all.reduce((a, b) => Math.max(a, b));
  return {
    k,
    sensitive: {
      distinct: least(each((offset) => distinctValues(counts, offset, values))),
      entropy: Math.exp(least(each((offset, size) => entropy(counts, offset, values, size)))),
      equalDistance: most(each((offset, size) => equalDistance(counts, offset, values, size, shares))),
      orderedDistance: most(each((offset, size) => orderedDistance(counts, offset, values, size, shares))),
    },
  };
}
