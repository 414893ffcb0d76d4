import { type Hierarchy, hierarchyOf } from '../hierarchy.ts';

const topCode = 90;

/** An age in whole years as the column's text: from 90 on all are one value, as HIPAA's safe harbour asks. */
export const ageText = (years: number): string => (years >= topCode ? `${topCode}+` : String(years));

/** Ages → bands of 5 → 10 → 20 → `*`, over the texts of `ageText`. */
export function ageHierarchy(name = 'age'): Hierarchy {
  const ages = Array.from({ length: topCode + 1 }, (_, years) => years);
  return hierarchyOf(
    name,
    ages.map((years) => [ageText(years), band(years, 5), band(years, 10), band(years, 20), '*']),
  );
}

function band(years: number, width: number): string {
  const low = years - (years % width);
  return low + width > topCode ? `${low}+` : `${low}-${low + width - 1}`;
}
