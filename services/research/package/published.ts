import { Failure } from '../../../kernel/errors.ts';
import type { Hierarchy } from '../engine/hierarchy.ts';
import type { Model } from '../engine/model.ts';
import type { Recoding } from '../engine/recoding.ts';
import { recordOf, releaseOrder } from '../engine/release.ts';
import { columnOf, type Table } from '../engine/table.ts';
import type { PublishedSets } from './sets.ts';

/** What is released: columns of texts, or of sets of texts. */
export interface Published {
  columns: readonly PublishedColumn[];
  /** In an order that tells nothing but what the rows themselves tell. */
  rows: readonly (readonly Cell[])[];
}

export interface PublishedColumn {
  name: string;
  role: 'quasi-identifier' | 'sensitive' | 'attribute';
  set: boolean;
  /** How its values are generalised, for the dictionary. */
  hierarchy: Hierarchy;
}

export type Cell = string | readonly string[];

/** An anonymised table, with all that is published of it beside the quasi-identifiers. */
export interface Anonymised {
  table: Table;
  model: Model;
  recoding: Recoding;
  /** Columns that are published as they are; the sensitive one is among them. */
  others: readonly string[];
  sets: readonly PublishedSets[];
}

/**
 * The rows that are released.
 * @throws Failure `business-rule` where every row is suppressed, `structure` where two columns have one name
 */
export function publish({ table, model, recoding, others, sets }: Anonymised): Published {
  const columns: PublishedColumn[] = [
    ...recoding.quasi.map(({ name, hierarchy }) => ({
      name,
      role: 'quasi-identifier' as const,
      set: false,
      hierarchy,
    })),
    ...others.map((name) => ({ ...roleOf(name, model), set: false, hierarchy: columnOf(table, name).hierarchy })),
    ...sets.map(({ name, hierarchy }) => ({ ...roleOf(name, model), set: true, hierarchy })),
  ];
  if (new Set(columns.map(({ name }) => name)).size < columns.length)
    throw new Failure('structure', 'Two published columns have the same name.');
  const rows = Array.from(releaseOrder(table, recoding, others), (row) => ({
    plain: recordOf(table, recoding, others, row),
    sets: sets.map((each) => each.recoding.sets[row]!.map((node) => each.hierarchy.labels[node]!)),
  }));
  if (!rows.length) throw new Failure('business-rule', 'No row is left to be released.');
  return { columns, rows: sets.length ? orderedBySets(rows) : rows.map(({ plain }) => plain) };
}

const roleOf = (name: string, { sensitive }: Model) => ({
  name,
  role: sensitive?.column === name ? ('sensitive' as const) : ('attribute' as const),
});

/** Rows that are otherwise equal stand by their sets, no longer by the order of the source. */
function orderedBySets(rows: readonly { plain: string[]; sets: string[][] }[]): Cell[][] {
  const ranks = new Map<string, number>();
  const keyed = rows.map(({ plain, sets }) => {
    const text = JSON.stringify(plain);
    if (!ranks.has(text)) ranks.set(text, ranks.size);
    return { rank: ranks.get(text)!, key: JSON.stringify(sets), cells: [...plain, ...sets] };
  });
  keyed.sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ cells }) => cells);
}
