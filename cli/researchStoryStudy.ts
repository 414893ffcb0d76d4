import { hypertension, prediabetes } from '../demo/clinic.ts';

const snomed = 'http://snomed.info/sct';

/** The day of the ages. */
export const day = '2026-01-01';

/** Adults with hypertension or prediabetes. @param min age in years */
export const cohort = (min = 18): object => ({
  type: 'and',
  criteria: [
    { type: 'age', at: day, min },
    { type: 'condition', codes: [...hypertension, ...prediabetes].map((code) => ({ system: snomed, code })) },
  ],
});

const any = (codes: readonly string[]): string =>
  codes.map((code) => `code.coding.where(system = '${snomed}' and code = '${code}').exists()`).join(' or ');

/** One row a person: age, sex and where they live, and which of the two they have. */
export const extract: object = {
  person: {
    resource: 'Patient',
    select: [
      {
        column: [
          { name: 'age', path: 'birthDate' },
          { name: 'sex', path: 'gender' },
          { name: 'home', path: 'address.first().postalCode.substring(0, 3)' },
        ],
      },
    ],
  },
  columns: [
    { column: 'age', as: 'age', at: day },
    { column: 'sex', as: 'text' },
    { column: 'home', as: 'text' },
    {
      column: 'diagnosis',
      as: 'text',
      view: {
        resource: 'Condition',
        where: [{ path: any([...hypertension, ...prediabetes]) }],
        select: [{ column: [{ name: 'diagnosis', path: `iif(${any(prediabetes)}, 'prediabetes', 'hypertension')` }] }],
      },
    },
  ],
};

/** Parts of Massachusetts by the first three digits of their ZIP codes (US Postal Service, L002). */
const regions = {
  West: '010 011 012 013',
  Centre: '014 015 016',
  East: '017 018 019 020 021 022 023 024',
  South: '025 026 027',
};
/** Where somebody lives: first three digits of the ZIP code → part of the state → `*`. */
export const homes: string[][] = Object.entries(regions)
  .flatMap(([region, prefixes]) => prefixes.split(' ').map((prefix) => [prefix, region, '*']))
  .concat([['unknown', 'unknown', '*']]);

/**
 * How the rows are made anonymous: the platform's own k, l and t. The hierarchies are complete, so that they stay the same
 * in a later release, whoever is in it: that lets the registry use the classes of the first one again.
 */
export const privacy: object = {
  columns: {
    age: { role: 'quasi-identifier', description: `Completed years at ${day}.` },
    sex: {
      role: 'quasi-identifier',
      hierarchy: ['female', 'male', 'other', 'unknown'].map((sex) => [sex, '*']),
      description: 'Administrative gender.',
    },
    home: {
      role: 'quasi-identifier',
      hierarchy: homes,
      description: 'First three digits of the ZIP code of the home.',
    },
    diagnosis: {
      role: 'sensitive',
      hierarchy: ['hypertension', 'hypertension + prediabetes', 'prediabetes'].map((diagnosis) => [diagnosis, '*']),
      description: 'Which of hypertension and prediabetes the record tells of.',
    },
  },
};
