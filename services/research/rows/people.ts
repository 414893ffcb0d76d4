import { ageHierarchy } from '../engine/hierarchies/age.ts';
import { codeHierarchy, icd10 } from '../engine/hierarchies/code.ts';
import { dateHierarchy } from '../engine/hierarchies/date.ts';
import { zipHierarchy } from '../engine/hierarchies/zip.ts';
import { flatHierarchy, type Hierarchy, hierarchyOf } from '../engine/hierarchy.ts';
import { type Table, tableOf } from '../engine/table.ts';
import { type Extract, type PersonRow, type Treated, unknown } from './person.ts';

/** The people of a cohort as the engine takes them: a row each, in the order given. */
export interface People {
  table: Table;
  /** By set: its hierarchy, and by row the codes in it. */
  sets: { name: string; hierarchy: Hierarchy; rows: number[][] }[];
}

/**
 * @param hierarchies of columns and sets of texts, by name; one without becomes flat
 * @throws Failure as the hierarchies do: `value` where one misses a value, which is never repeated
 */
export function peopleTable(
  extract: Extract,
  rows: readonly PersonRow[],
  hierarchies: Readonly<Record<string, Hierarchy>> = {},
): People {
  const header = extract.columns.map(({ column }) => column);
  const own = (name: string) => (Object.hasOwn(hierarchies, name) ? hierarchies[name] : undefined);
  const found = extract.columns.map(({ column, as }, at) => {
    const values = new Set(rows.map(({ texts }) => texts[at]!));
    return [column, hierarchyFor(column, as, values, own(column))] as const;
  });
  const table = tableOf(
    header,
    rows.map(({ texts }) => texts),
    Object.fromEntries(found),
  );
  return {
    table,
    sets: extract.sets.map((set, at) =>
      setOf(
        set,
        rows.map(({ sets }) => sets[at]!),
        own(set.name),
      ),
    ),
  };
}

function setOf({ name, as }: Extract['sets'][number], members: readonly string[][], own: Hierarchy | undefined) {
  const values = new Set(members.flat());
  const hierarchy = hierarchyFor(name, as, values.size ? values : new Set([unknown]), own);
  // one cell per member, so that a member that the hierarchy misses is refused as in a column
  const { columns } = tableOf(
    [name],
    members.flat().map((member) => [member]),
    { [name]: hierarchy },
  );
  const { codes } = columns[0]!;
  let next = 0;
  return { name, hierarchy, rows: members.map((row) => row.map(() => codes[next++]!)) };
}

/** The hierarchy of a column's values, in which `unknown` stands beside all others. */
function hierarchyFor(name: string, as: Treated['as'], values: ReadonlySet<string>, own: Hierarchy | undefined) {
  const known = [...values].filter((value) => value !== unknown).sort();
  const built = own ?? (known.length || as === 'age' ? builtIn(name, as, known) : flatHierarchy(name, [unknown]));
  return values.has(unknown) && !built.codes.has(unknown) ? withUnknown(built) : built;
}

function builtIn(name: string, as: Treated['as'], values: readonly string[]): Hierarchy {
  switch (as) {
    case 'age':
      return ageHierarchy(name);
    case 'postcode':
      return zipHierarchy(values, name);
    case 'date':
      return dateHierarchy(values, name);
    case 'diagnosis':
      return codeHierarchy(name, values.map(icd10));
    case 'text':
      return flatHierarchy(name, values);
    default:
      return as satisfies never;
  }
}

function withUnknown({ name, leaves, labels, levels }: Hierarchy): Hierarchy {
  const lines = Array.from({ length: leaves }, (_, code) => levels.map((nodeOf) => labels[nodeOf[code]!]!));
  const top = lines[0]!.at(-1)!;
  return hierarchyOf(name, [...lines, [...lines[0]!.slice(1).map(() => unknown), top]]);
}
