import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false };
const date = Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\d$`, description: 'a day, YYYY-MM-DD' });

const codes = Type.Array(
  Type.Object(
    {
      system: Type.String({ minLength: 1, maxLength: 300, description: 'URI of a code system' }),
      code: Type.String({ minLength: 1, maxLength: 30 }),
      descendants: Type.Optional(Type.Boolean({ description: 'the codes under it as well' })),
    },
    closed,
  ),
  { minItems: 1, maxItems: 1000 },
);

/** Both days belong to it. */
const period = Type.Optional(
  Type.Object({ from: Type.Optional(date), to: Type.Optional(date) }, { ...closed, minProperties: 1 }),
);

/** Both limits belong to it. */
const value = Type.Optional(
  Type.Object(
    {
      min: Type.Optional(Type.Number()),
      max: Type.Optional(Type.Number()),
      unit: Type.String({ minLength: 1, maxLength: 60, description: 'UCUM; 1 for a bare number' }),
    },
    { ...closed, minProperties: 2 },
  ),
);

const coded = <const T extends string>(type: T) => Type.Object({ type: Type.Literal(type), codes, period }, closed);
const age = Type.Integer({ minimum: 0, maximum: 150 });

/** The criteria that contain no others, by their `type`. */
export const leafSchemas = {
  condition: coded('condition'),
  medication: coded('medication'),
  procedure: coded('procedure'),
  observation: Type.Object({ type: Type.Literal('observation'), codes, period, value }, closed),
  age: Type.Object(
    {
      type: Type.Literal('age'),
      at: date,
      min: Type.Optional(age),
      max: Type.Optional(age),
    },
    { ...closed, minProperties: 3 },
  ),
  sex: Type.Object(
    {
      type: Type.Literal('sex'),
      of: Type.Array(Type.Enum(['female', 'male', 'other', 'unknown']), { minItems: 1, maxItems: 4 }),
    },
    closed,
  ),
};

const several = Type.Array(Type.Unknown(), { minItems: 1, maxItems: 100 });

/** Those that contain others, without what they contain. */
export const groupSchemas = {
  and: Type.Object({ type: Type.Literal('and'), criteria: several }, closed),
  or: Type.Object({ type: Type.Literal('or'), criteria: several }, closed),
  not: Type.Object({ type: Type.Literal('not'), criterion: Type.Unknown() }, closed),
};

const many = Type.Array(Type.Ref('Criterion'), { minItems: 1, maxItems: 100 });

/** The criteria language whole, for the doors. */
export const criterionSchema = Type.Cyclic(
  {
    Criterion: Type.Union([
      ...Object.values(leafSchemas),
      Type.Object({ type: Type.Literal('and'), criteria: many }, closed),
      Type.Object({ type: Type.Literal('or'), criteria: many }, closed),
      Type.Object({ type: Type.Literal('not'), criterion: Type.Ref('Criterion') }, closed),
    ]),
  },
  'Criterion',
);

export type Leaf = { [K in keyof typeof leafSchemas]: Static<(typeof leafSchemas)[K]> }[keyof typeof leafSchemas];
export type Criterion = Leaf | { type: 'and' | 'or'; criteria: Criterion[] } | { type: 'not'; criterion: Criterion };
export type ValueRange = NonNullable<Extract<Leaf, { type: 'observation' }>['value']>;
