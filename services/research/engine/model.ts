import { Failure } from '../../../kernel/errors.ts';
import { type Column, columnOf, type Table } from './table.ts';

/** What a release must satisfy; measured on every class of rows with the same published quasi-identifiers. */
export interface Model {
  quasiIdentifiers: readonly string[];
  /** Least number of rows in a class. */
  k: number;
  sensitive?: Sensitive;
}

export interface Sensitive {
  column: string;
  /** Level of the column's hierarchy whose groups count as its values; 0, the values themselves, where absent. */
  level?: number;
  diversity?: Diversity;
  closeness?: Closeness;
}

/**
 * l-diversity (Machanavajjhala et al. 2007). `distinct`: at least l values. `entropy`: entropy ≥ log l. `recursive`:
 * with counts r₁ ≥ r₂ ≥ …, r₁ < c · (rₗ + rₗ₊₁ + …).
 */
export type Diversity =
  | { kind: 'distinct'; l: number }
  | { kind: 'entropy'; l: number }
  | { kind: 'recursive'; l: number; c: number };

/**
 * t-closeness (Li et al. 2007): earth mover's distance between a class and all published rows ≤ t. `equal`: all values
 * equally far apart; `ordered`: by their order in the hierarchy, neighbours 1 / (values − 1) apart.
 */
export interface Closeness {
  t: number;
  distance: 'equal' | 'ordered';
}

/** A model and the columns it speaks of, checked against each other. */
export interface Task {
  rows: number;
  quasi: readonly Column[];
  k: number;
  /** By row: which sensitive value; all 0 where the model has no sensitive column. */
  sensitive: Int32Array;
  /** Number of sensitive values, at least 1. */
  values: number;
  diversity?: Diversity;
  closeness?: Closeness;
}

/**
 * @throws Failure `value` for a parameter out of range, `not-found` for a column or level that is not there,
 *   `business-rule` for a table without rows
 */
export function taskOf(table: Table, model: Model): Task {
  const { quasiIdentifiers, k, sensitive } = model;
  if (!quasiIdentifiers.length) throw new Failure('required', 'Name at least one quasi-identifier.');
  if (new Set(quasiIdentifiers).size !== quasiIdentifiers.length || quasiIdentifiers.includes(sensitive?.column ?? ''))
    throw new Failure('value', 'A column is named twice: as a quasi-identifier or as the sensitive column.');
  const quasi = quasiIdentifiers.map((name) => columnOf(table, name));
  if (!table.rows) throw new Failure('business-rule', 'There is nothing to anonymise: the table has no rows.');
  check(Number.isSafeInteger(k) && k >= 1, 'k must be a whole number, at least 1');
  const { diversity, closeness } = sensitive ?? {};
  check(!diversity || diversity.l >= 1, 'l must be at least 1');
  check(!diversity || diversity.kind === 'entropy' || Number.isSafeInteger(diversity.l), 'l must be a whole number');
  check(diversity?.kind !== 'recursive' || diversity.c > 0, 'c must be above 0');
  check(!closeness || (closeness.t >= 0 && closeness.t <= 1), 't must be between 0 and 1');
  return {
    rows: table.rows,
    quasi,
    k,
    ...grouped(table, sensitive),
    ...(diversity && { diversity }),
    ...(closeness && { closeness }),
  };
}

function check(holds: boolean, rule: string): void {
  if (!holds) throw new Failure('value', `The privacy model is not possible: ${rule}.`);
}

/** The sensitive values that occur, numbered in the order of their hierarchy. */
function grouped(table: Table, sensitive: Sensitive | undefined): { sensitive: Int32Array; values: number } {
  if (!sensitive) return { sensitive: new Int32Array(table.rows), values: 1 };
  const { hierarchy, codes } = columnOf(table, sensitive.column);
  const nodeOf = hierarchy.levels[sensitive.level ?? 0];
  if (!nodeOf) throw new Failure('not-found', `The hierarchy of ${sensitive.column} has no such level.`);
  const present = new Uint8Array(hierarchy.leaves);
  for (const code of codes) present[code] = 1;
  // a group's codes stand together: a new node starts the next number
  const number = new Int32Array(hierarchy.leaves);
  let values = 0;
  let last = -1;
  for (let code = 0; code < hierarchy.leaves; code++) {
    if (!present[code]) continue;
    if (nodeOf[code] !== last) values++;
    last = nodeOf[code]!;
    number[code] = values - 1;
  }
  return { sensitive: codes.map((code) => number[code]!), values };
}
