import type { Extract } from '../rows/person.ts';

/** Bands of twenty years. */
const ageBand = 3;

/** By which columns and levels it is told who was left out: age bands, and sex where the extract has it. */
export function levelsFor(
  { columns }: Pick<Extract, 'columns'>,
  quasi: readonly string[],
): { column: string; level: number }[] {
  const known = columns.filter(({ column }) => quasi.includes(column));
  const ages = known.filter(({ as }) => as === 'age').slice(0, 1);
  const sexes = known.filter(({ column }) => column === 'sex' || column === 'gender').slice(0, 1);
  return [
    ...sexes.map(({ column }) => ({ column, level: 0 })),
    ...ages.map(({ column }) => ({ column, level: ageBand })),
  ];
}
