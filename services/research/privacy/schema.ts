import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false };
const name = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]*$', maxLength: 200 });
const text = Type.String({ minLength: 1, maxLength: 200 });

/** What is asked at least of every release: whoever defines a cohort may ask for more. */
export const least = { k: 11, l: 3 } as const;
/** And at most: distance of a class from all rows, and share of the people who are left out. */
export const most = { k: 100, t: 0.3, suppression: 0.05 } as const;

/** ARX's form: a line for each value, from the value itself to what all of them share; as an array, or as its CSV. */
const hierarchy = Type.Union([
  Type.Array(Type.Array(text, { minItems: 2, maxItems: 10 }), { minItems: 1, maxItems: 10_000 }),
  Type.String({ minLength: 3, maxLength: 500_000 }),
]);

/**
 * How the columns and sets of an extract are made anonymous. `quasi-identifier`: generalised until k people look alike.
 * `sensitive`: published as it is, l-diverse over the groups of `level` and t-close. `set`: published in groups, any two
 * of which k people have. `dropped`: not published.
 */
export const privacySchema = Type.Object(
  {
    columns: Type.Record(
      name,
      Type.Object(
        {
          role: Type.Enum(['quasi-identifier', 'sensitive', 'set', 'dropped']),
          hierarchy: Type.Optional(hierarchy),
          level: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
          description: Type.Optional(text),
        },
        closed,
      ),
    ),
    k: Type.Optional(Type.Integer({ minimum: least.k, maximum: most.k })),
    l: Type.Optional(Type.Integer({ minimum: least.l, maximum: 20 })),
    t: Type.Optional(Type.Number({ minimum: 0.01, maximum: most.t })),
    suppression: Type.Optional(Type.Number({ minimum: 0, maximum: most.suppression })),
  },
  closed,
);
export type PrivacyDefinition = Static<typeof privacySchema>;
