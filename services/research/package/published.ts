import { Failure } from '../../../kernel/errors.ts';
import type { Hierarchy } from '../engine/hierarchy.ts';
import type { Model } from '../engine/model.ts';
import type { Recoding } from '../engine/recoding.ts';
import { recordOf, releaseOrder } from '../engine/release.ts';
import { columnOf, type Table } from '../engine/table.ts';
import type { RegistryWord } from './report.ts';
import type { PublishedSets } from './sets.ts';

/** What is released: columns of texts, or of sets of texts. */
export interface Published {
  columns: readonly PublishedColumn[];
  /** In an order that tells nothing but what the rows themselves tell. */
  rows: readonly (readonly Cell[])[];
}

export interface PublishedColumn {
  name: string;
  role: 'quasi-identifier' | 'sensitive' | 'set';
  /** How its values are generalised, for the dictionary. */
  hierarchy: Hierarchy;
}

export type Cell = string | readonly string[];

/**
 * An anonymised table. Published are its quasi-identifiers as they are recoded, its sensitive column as it is, and the
 * sets; nothing else, because any other column could be what singles somebody out.
 */
export interface Anonymised {
  table: Table;
  model: Model;
  recoding: Recoding;
  sets: readonly PublishedSets[];
  /** What the registry of releases said of it. */
  registry?: RegistryWord;
}

/**
 * The rows that are released.
 * @throws Failure `business-rule` where every row is suppressed, `structure` where two columns have one name
 */
export function publish({ table, model, recoding, sets }: Anonymised): Published {
  const sensitive = model.sensitive ? [model.sensitive.column] : [];
  const columns: PublishedColumn[] = [
    ...recoding.quasi.map(({ name, hierarchy }) => ({ name, role: 'quasi-identifier' as const, hierarchy })),
    ...sensitive.map((name) => ({ name, role: 'sensitive' as const, hierarchy: columnOf(table, name).hierarchy })),
    ...sets.map(({ name, hierarchy }) => ({ name, role: 'set' as const, hierarchy })),
  ];
  if (new Set(columns.map(({ name }) => name)).size < columns.length)
    throw new Failure('structure', 'Two published columns have the same name.');
  const rows = Array.from(releaseOrder(table, recoding, sensitive), (row) => ({
    plain: recordOf(table, recoding, sensitive, row),
    sets: sets.map((each) => each.recoding.sets[row]!.map((node) => each.hierarchy.labels[node]!)),
  }));
  if (!rows.length) throw new Failure('business-rule', 'No row is left to be released.');
  return { columns, rows: sets.length ? orderedBySets(rows) : rows.map(({ plain }) => plain) };
}

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
