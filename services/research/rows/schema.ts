import Type, { type Static } from 'typebox';

const name = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]*$', maxLength: 200 });
const path = Type.String({ minLength: 1, maxLength: 2000 });
const text = Type.Optional(Type.String());

/** FHIR's primitive types by what JSON and Parquet hold of them. */
export const kindOfType = {
  boolean: 'boolean',
  integer: 'number',
  unsignedInt: 'number',
  positiveInt: 'number',
  decimal: 'number',
  base64Binary: 'string',
  canonical: 'string',
  code: 'string',
  date: 'string',
  dateTime: 'string',
  id: 'string',
  instant: 'string',
  markdown: 'string',
  oid: 'string',
  string: 'string',
  time: 'string',
  uri: 'string',
  url: 'string',
  uuid: 'string',
} as const;
export type ColumnType = keyof typeof kindOfType;

const columnSchema = Type.Object(
  {
    name,
    path,
    type: Type.Optional(Type.Enum(Object.keys(kindOfType) as ColumnType[])),
    collection: Type.Optional(Type.Boolean()),
    description: text,
  },
  { additionalProperties: false },
);

const selectSchema = Type.Cyclic(
  {
    ViewSelect: Type.Object(
      {
        column: Type.Optional(Type.Array(columnSchema)),
        select: Type.Optional(Type.Array(Type.Ref('ViewSelect'))),
        forEach: Type.Optional(path),
        forEachOrNull: Type.Optional(path),
        unionAll: Type.Optional(Type.Array(Type.Ref('ViewSelect'))),
      },
      { additionalProperties: false },
    ),
  },
  'ViewSelect',
);

const string = Type.Optional(Type.String());
const whole = Type.Optional(Type.Integer());

const constantSchema = Type.Object(
  {
    name,
    valueBase64Binary: string,
    valueBoolean: Type.Optional(Type.Boolean()),
    valueCanonical: string,
    valueCode: string,
    valueDate: Type.Optional(Type.String({ pattern: String.raw`^\d{4}(-\d\d(-\d\d)?)?$` })),
    valueDateTime: Type.Optional(
      Type.String({
        pattern: String.raw`^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$`,
      }),
    ),
    valueDecimal: Type.Optional(Type.Number()),
    valueId: string,
    valueInstant: Type.Optional(
      Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$` }),
    ),
    valueInteger: whole,
    valueOid: string,
    valuePositiveInt: whole,
    valueString: string,
    valueTime: Type.Optional(Type.String({ pattern: String.raw`^\d\d:\d\d(:\d\d(\.\d+)?)?$` })),
    valueUnsignedInt: whole,
    valueUri: string,
    valueUrl: string,
    valueUuid: string,
  },
  { additionalProperties: false },
);

/**
 * What is used of a SQL-on-FHIR v2 ViewDefinition (https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html);
 * elements that describe it, as `url` and `title`, are let through unread.
 */
export const viewSchema = Type.Object({
  resource: Type.String({ pattern: '^[A-Z][A-Za-z]+$' }),
  constant: Type.Optional(Type.Array(constantSchema)),
  select: Type.Array(selectSchema, { minItems: 1 }),
  where: Type.Optional(
    Type.Array(Type.Object({ path, description: text }, { additionalProperties: false }), { minItems: 1 }),
  ),
});

export type ViewDefinition = Static<typeof viewSchema>;
export type ColumnDefinition = Static<typeof columnSchema>;
export type ConstantDefinition = Static<typeof constantSchema>;
export interface SelectDefinition {
  column?: ColumnDefinition[];
  select?: SelectDefinition[];
  forEach?: string;
  forEachOrNull?: string;
  unionAll?: SelectDefinition[];
}
