import criteria from '../demo/research/criteria.json' with { type: 'json' };
import extract from '../demo/research/extract.json' with { type: 'json' };
import privacy from '../demo/research/privacy.json' with { type: 'json' };

export { extract, privacy };

/** Adults with hypertension or prediabetes. @param min age in years */
export const cohort = (min = 18): object => ({
  ...criteria,
  criteria: criteria.criteria.map((each) => (each.type === 'age' ? { ...each, min } : each)),
});

/** The day of the ages. */
export const day: string = extract.columns.find(({ as }) => as === 'age')!.at!;

/** Where somebody lives: first three digits of the ZIP code → part of the state → `*`. */
export const homes: readonly (readonly string[])[] = privacy.columns.home.hierarchy;
