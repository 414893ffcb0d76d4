import { Failure } from '../../../kernel/errors.ts';
import { flatHierarchy, type Hierarchy } from './hierarchy.ts';

/** A table by columns; a cell is the code of its value in the column's hierarchy. */
export interface Table {
  rows: number;
  columns: readonly Column[];
}

export interface Column {
  name: string;
  hierarchy: Hierarchy;
  /** By row. */
  codes: Int32Array;
}

/**
 * Encodes records of texts.
 * @param hierarchies by column name; a column without one becomes flat: a value or `*`
 * @throws Failure `structure` where records differ in length or columns in name, `value` where a hierarchy misses a
 *   value; the text names the column and never a value
 */
export function tableOf(
  header: readonly string[],
  records: readonly (readonly string[])[],
  hierarchies: Readonly<Record<string, Hierarchy>> = {},
): Table {
  if (new Set(header).size !== header.length) throw new Failure('structure', 'Two columns have the same name.');
  if (records.some((record) => record.length !== header.length))
    throw new Failure('structure', 'Every record must have one field per column.');
  const columns = header.map((name, index) => {
    const values = records.map((record) => record[index]!);
    const known = Object.hasOwn(hierarchies, name) ? hierarchies[name]! : undefined;
    return encode(name, values, known ?? flatHierarchy(name, values.length ? values : ['*']));
  });
  return { rows: records.length, columns };
}

/** @throws Failure `not-found` */
export function columnOf(table: Table, name: string): Column {
  const found = table.columns.find((column) => column.name === name);
  if (!found) throw new Failure('not-found', `There is no column ${name} in the table.`, { expression: [name] });
  return found;
}

function encode(name: string, values: readonly string[], hierarchy: Hierarchy): Column {
  const codes = Int32Array.from(values, (value) => hierarchy.codes.get(value) ?? hierarchy.leaves);
  if (codes.includes(hierarchy.leaves))
    throw new Failure('value', `The hierarchy of ${name} misses a value that the column holds.`, {
      expression: [name],
    });
  return { name, hierarchy, codes };
}
