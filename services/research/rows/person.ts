import Type, { type Static } from 'typebox';
import { Failure } from '../../../kernel/errors.ts';
import { ageText } from '../engine/hierarchies/age.ts';
import { shifted } from '../engine/hierarchies/date.ts';
import { invalid, shaped } from '../shape.ts';
import { viewSchema } from './schema.ts';
import type { Cell, Row } from './select.ts';
import { readView, type View } from './view.ts';

const closed = { additionalProperties: false };
const name = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]*$', maxLength: 200 });

/**
 * What is made of a cell before it is anonymised. `age`: of a birth date, completed years at `at`; `postcode`: its first
 * five digits; `date`: its day, shifted by the person's weeks; `diagnosis`: a code of ICD-10; `text`: as it is.
 */
const treatment = Type.Enum(['text', 'age', 'postcode', 'date', 'diagnosis']);

/**
 * What is extracted of each person: one row of a view of Patient, and sets of what other views find in the record. A
 * column with a `view` of its own is what that finds as one text: each value once, in their order, joined by " + ".
 */
export const extractSchema = Type.Object(
  {
    person: viewSchema,
    columns: Type.Array(
      Type.Object(
        {
          column: name,
          as: treatment,
          at: Type.Optional(Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\d$` })),
          view: Type.Optional(viewSchema),
        },
        closed,
      ),
      { minItems: 1, maxItems: 50 },
    ),
    sets: Type.Optional(
      Type.Array(Type.Object({ name, as: Type.Enum(['text', 'diagnosis']), view: viewSchema }, closed), {
        maxItems: 10,
      }),
    ),
  },
  closed,
);
export type ExtractDefinition = Static<typeof extractSchema>;
export type Treated = ExtractDefinition['columns'][number];
type Resource = { resourceType: string };

/** One person's row, ready for the engine. */
export interface PersonRow {
  /** By column. */
  texts: string[];
  /** By set: what was found, each once. */
  sets: string[][];
}

export interface Extract {
  columns: readonly Treated[];
  sets: readonly { name: string; as: 'text' | 'diagnosis' }[];
  /** What must be read of a record. */
  resourceTypes: readonly string[];
  /**
   * @param weeks by which the person's dates are shifted (`weeksFor`)
   * @returns undefined where the view gives no row of the person
   * @throws Failure `business-rule` where it gives several, and as the views do
   */
  row(record: readonly Resource[], weeks: number): PersonRow | undefined;
}

/** What stands for a value that the record does not have, or not so that it can be used. */
export const unknown = 'unknown';

/** @throws Failure `invalid`, `value` or `not-supported`, with the element at fault */
export function readExtract(definition: unknown): Extract {
  const { person, columns, sets = [] } = shaped(extractSchema, definition, 'extract');
  const view = readView(person);
  const own = columns.map(({ view: of }) => of && readView(of));
  const texts = columns.map((each, index) => textOf(view, own[index], each, `columns[${index}]`));
  const found = sets.map((each) => ({ ...each, view: readView(each.view) }));
  refuseWrong(view, columns, found);
  return {
    columns,
    sets: sets.map(({ name, as }) => ({ name, as })),
    resourceTypes: [...new Set(['Patient', ...[...own, ...found.map((each) => each.view)].flatMap(typeOf)])],
    row(record, weeks) {
      const [row, ...more] = record.flatMap((resource) => view.rows(resource));
      if (more.length) throw new Failure('business-rule', 'The view of the person gives several rows of one person.');
      if (!row) return undefined;
      return {
        texts: texts.map((of) => of(row, record, weeks)),
        sets: found.map((each) => membersOf(each.view, record)),
      };
    },
  };
}

const typeOf = (view: View | undefined): string[] => (view ? [view.resource] : []);

type TextOf = (row: Row, record: readonly Resource[], weeks: number) => string;

function textOf(person: View, own: View | undefined, { column, as, at }: Treated, place: string): TextOf {
  const index = (own ?? person).columns.findIndex(({ name, collection }) => name === column && !collection);
  const wrong = (diagnostics: string) => invalid('extract', [{ code: 'value', diagnostics, expression: [place] }]);
  if (index < 0)
    throw wrong(`names ${column}, which is no column of one value in ${own ? 'its' : "the person's"} view`);
  if ((as === 'age') !== (at !== undefined)) throw wrong('must say "at" for an age, and only for that');
  if (!own) return (row, _, weeks) => treated(row[index]!, { as, at }, weeks);
  if (as !== 'text' || own.columns.length > 1) throw wrong('must be a text, and the one column of its view');
  return (_, record) => membersOf(own, record).sort().join(' + ') || unknown;
}

function refuseWrong(person: View, columns: readonly Treated[], sets: readonly { name: string; view: View }[]): void {
  const names = [...columns.map(({ column }) => column), ...sets.map((each) => each.name)];
  const wrong = (diagnostics: string, at: string) =>
    invalid('extract', [{ code: 'value', diagnostics, expression: [at] }]);
  if (person.resource !== 'Patient') throw wrong('must be a view of Patient', 'person.resource');
  if (new Set(names).size < names.length) throw wrong('name a column twice', 'columns');
  const wide = sets.findIndex(({ view }) => view.columns.length !== 1);
  if (wide >= 0) throw wrong('must have one column', `sets[${wide}].view`);
}

function membersOf(view: View, record: readonly Resource[]): string[] {
  const cells = record.flatMap((resource) => view.rows(resource)).flatMap(([cell]) => cell ?? []);
  return [...new Set(cells.map(String))];
}

function treated(cell: Cell, { as, at }: Pick<Treated, 'as' | 'at'>, weeks: number): string {
  const text = cell === null ? '' : String(cell);
  if (as === 'text' || as === 'diagnosis') return text || unknown;
  if (as === 'postcode') return /^\d{5}/.exec(text)?.[0] ?? unknown;
  const day = /^\d{4}-\d\d-\d\d/.exec(text)?.[0];
  if (day === undefined) return unknown;
  return as === 'date' ? shifted(day, weeks) : ageAt(day, at!);
}

/** Days of the form YYYY-MM-DD compare as texts. */
function ageAt(birth: string, at: string): string {
  const years = Number(at.slice(0, 4)) - Number(birth.slice(0, 4)) - (at.slice(5) < birth.slice(5) ? 1 : 0);
  return years < 0 ? unknown : ageText(years);
}
