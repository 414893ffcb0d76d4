import { Failure } from '../../../kernel/errors.ts';
import { invalid, shaped } from '../shape.ts';
import { type Constants, readConstants } from './constants.ts';
import { compileExpression } from './expression.ts';
import { viewSchema } from './schema.ts';
import { compileSelect, productOf, type Row, type ViewColumn } from './select.ts';

/** A ViewDefinition, ready to be run. */
export interface View {
  /** The type of the resources that it is about. */
  resource: string;
  columns: readonly ViewColumn[];
  /**
   * The rows of one resource, a cell per column; none of a resource of another type.
   * @throws Failure `value` where several values or one of another type stand for a column, or `where` is no boolean;
   *   `processing` where an expression cannot be evaluated, `too-long` where the rows are more than 10,000. None of
   *   them says anything of the resource.
   */
  rows(resource: { resourceType: string }): Row[];
}

/**
 * Reads a SQL-on-FHIR v2 ViewDefinition for FHIR R4.
 * @throws Failure `invalid` or `value` with the element at fault, `not-supported` for what views cannot do here
 */
export function readView(definition: unknown): View {
  const { resource: type, constant = [], select, where = [] } = shaped(viewSchema, definition, 'view');
  const constants = readConstants(constant);
  const table = productOf(select.map((each, index) => compileSelect(each, constants, `select[${index}]`)));
  refuseTwice(table.columns);
  const conditions = where.map(({ path }, index) => condition(path, constants, `where[${index}].path`));
  return {
    resource: type,
    columns: table.columns,
    rows: (resource) =>
      resource.resourceType === type && conditions.every((holds) => holds(resource))
        ? table.rows(resource, resource)
        : [],
  };
}

function condition(path: string, constants: Constants, at: string): (resource: object) => boolean {
  const expression = compileExpression(path, constants, at);
  return (resource) => {
    const values = expression.values(resource, resource);
    if (values.length > 1 || typeof (values[0] ?? false) !== 'boolean')
      throw new Failure('value', `The expression of ${at} is no condition: it gives no boolean.`, { expression: [at] });
    return values[0] === true;
  };
}

function refuseTwice(columns: readonly ViewColumn[]): void {
  const names = new Set<string>();
  for (const { name } of columns) {
    if (names.has(name))
      throw invalid('view', [{ code: 'duplicate', diagnostics: 'names two columns', expression: [name] }]);
    names.add(name);
  }
}
