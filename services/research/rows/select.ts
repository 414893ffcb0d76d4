import { Failure } from '../../../kernel/errors.ts';
import { invalid } from '../shape.ts';
import type { Constants } from './constants.ts';
import { compileExpression, type Expression, type Focus, type Primitive } from './expression.ts';
import { type ColumnDefinition, type ColumnType, kindOfType, type SelectDefinition } from './schema.ts';

/** A column of a view's table. Without a type, its cells are what the expression gives. `collection`: they are lists. */
export interface ViewColumn {
  name: string;
  type?: ColumnType;
  collection: boolean;
}
export type Cell = Primitive | null | Primitive[];
export type Row = readonly Cell[];

/** A part of a view: its columns, and the rows that it gives for a focus. */
export interface Select {
  columns: readonly ViewColumn[];
  rows(focus: Focus, resource: object): Row[];
}

/** @throws Failure `invalid`, `value` or `not-supported`, which names the element at fault */
export function compileSelect(definition: SelectDefinition, constants: Constants, at: string): Select {
  const { column = [], select = [], unionAll } = definition;
  const { forEach, forEachOrNull } = definition;
  if (forEach !== undefined && forEachOrNull !== undefined) throw fault(at, 'has both forEach and forEachOrNull');
  const nested = select.map((each, index) => compileSelect(each, constants, `${at}.select[${index}]`));
  const union = unionAll?.map((each, index) => compileSelect(each, constants, `${at}.unionAll[${index}]`));
  const parts = [
    ...column.map((each, index) => compileColumn(each, constants, `${at}.column[${index}]`)),
    ...nested,
    ...(union ? [unionOf(union, `${at}.unionAll`)] : []),
  ];
  if (!parts.length) throw fault(at, 'selects nothing');
  const joined = productOf(parts);
  if (forEach !== undefined) return each(joined, compileExpression(forEach, constants, `${at}.forEach`), false);
  if (forEachOrNull === undefined) return joined;
  return each(joined, compileExpression(forEachOrNull, constants, `${at}.forEachOrNull`), true);
}

const fault = (at: string, diagnostics: string) => invalid('view', [{ code: 'value', diagnostics, expression: [at] }]);

const mostRows = 10_000;

/** Every row of one part beside every row of the others. */
export function productOf(parts: readonly Select[]): Select {
  return {
    columns: parts.flatMap(({ columns }) => columns),
    rows: (focus, resource) =>
      parts.reduce<Row[]>(
        (rows, part) => {
          if (!rows.length) return rows;
          const right = part.rows(focus, resource);
          if (rows.length * right.length > mostRows)
            throw new Failure('too-long', `The view gives more than ${mostRows} rows of one resource.`);
          return rows.flatMap((left) => right.map((more) => [...left, ...more]));
        },
        [[]],
      ),
  };
}

function unionOf(parts: readonly Select[], at: string): Select {
  const [first] = parts;
  if (!first) throw fault(at, 'is empty');
  const shape = JSON.stringify(first.columns);
  if (parts.some(({ columns }) => JSON.stringify(columns) !== shape))
    throw fault(at, 'has parts that differ in their columns: names, types and order must be the same');
  return { columns: first.columns, rows: (focus, resource) => parts.flatMap((part) => part.rows(focus, resource)) };
}

function each(part: Select, path: Expression, orNull: boolean): Select {
  const nothing: Row[] = orNull ? [part.columns.map(() => null)] : [];
  return {
    columns: part.columns,
    rows(focus, resource) {
      const elements = path.elements(focus, resource);
      return elements.length ? elements.flatMap((element) => part.rows(element, resource)) : nothing;
    },
  };
}

function compileColumn(definition: ColumnDefinition, constants: Constants, at: string): Select {
  const { name, path, type, collection = false } = definition;
  const expression = compileExpression(path, constants, `${at}.path`);
  const refuse = (why: string) => new Failure('value', `The column ${name} ${why}.`, { expression: [`${at}.path`] });
  return {
    columns: [{ name, ...(type && { type }), collection }],
    rows(focus, resource) {
      const values = expression.values(focus, resource);
      if (type && values.some((value) => typeof value !== kindOfType[type]))
        throw refuse(`has values that are no ${type}`);
      if (collection) return [[values]];
      if (values.length > 1) throw refuse('has several values in one row, and is no collection');
      return [[values[0] ?? null]];
    },
  };
}
