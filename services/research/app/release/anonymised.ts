import { Failure } from '../../../../kernel/errors.ts';
import type { Attribute } from '../../domain/registration.ts';
import type { Hierarchy } from '../../engine/hierarchy.ts';
import { recodeLocally } from '../../engine/local/local.ts';
import type { Recoding } from '../../engine/recoding.ts';
import { columnOf, type Table } from '../../engine/table.ts';
import type { PrivacyPlan } from '../../privacy/plan.ts';
import { withoutSubjects } from '../../registry/withdrawal.ts';
import { type People, peopleTable } from '../../rows/people.ts';
import { type Defined, type Person, publishedExtract, tooFew, wordsOf } from './people.ts';
import type { Named } from './verdict.ts';

/** A cohort's table and how it is recoded; people, rows and sets stand in the same order. */
export interface AnonymisedPeople extends People {
  people: readonly Person[];
  recoding: Recoding;
  /** By row: the number of the sensitive group. */
  groups: Int32Array;
}

/** What the registry calls a release's sensitive attribute; one without has the one group in which everybody is. */
export const attributeOf = ({ sensitive }: PrivacyPlan): Attribute =>
  sensitive ? { source: sensitive.source, groups: sensitive.groups } : { source: '', groups: ['*'] };

/**
 * @param earlier hierarchies that were released, the newest first: where one has all values of the column, its labels
 *   mean the same again
 * @throws Failure `business-rule` where the people are too few or too much alike, `value` where a hierarchy misses a
 *   value; no text has a number of people
 */
export function anonymised(
  { extract, plan }: Pick<Defined, 'extract' | 'plan'>,
  people: readonly Person[],
  earlier: readonly Hierarchy[],
): AnonymisedPeople {
  if (!people.length) throw tooFew();
  const kept = publishedExtract(extract, plan);
  const columns = kept.columns.flatMap(({ column }, at) => {
    const values = new Set(people.map(({ row }) => row.texts[at]!));
    const same = earlier.find(({ name, codes }) => name === column && [...values].every((value) => codes.has(value)));
    return same ? [[column, same] as const] : [];
  });
  const hierarchies = { ...Object.fromEntries(columns), ...plan.hierarchies };
  const rows = people.map(({ row }) => row);
  const { table, sets } = peopleTable({ ...extract, ...kept }, rows, hierarchies);
  return { people, table, sets, recoding: recoded(table, plan), groups: groupsOf(table, plan) };
}

function recoded(table: Table, { model }: PrivacyPlan): Recoding {
  try {
    return recodeLocally(table, model);
  } catch (error) {
    throw error instanceof Failure && error.code === 'business-rule' ? tooFew() : error;
  }
}

function groupsOf(table: Table, { sensitive }: PrivacyPlan): Int32Array {
  if (!sensitive) return new Int32Array(table.rows);
  const { hierarchy, codes } = columnOf(table, sensitive.column);
  const nodes = hierarchy.levels[sensitive.level]!;
  const numbers = new Map(sensitive.groups.map((name, number) => [name, number]));
  return codes.map((code) => numbers.get(hierarchy.labels[nodes[code]!]!)!);
}

/** As the registry looks at it. */
export const namedOf = ({ people, recoding, groups }: AnonymisedPeople): Named => ({
  ...{ pseudonyms: wordsOf(people), recoding, sensitive: groups },
});

/** Whose rows are published: whoever is suppressed or withheld is in no release. */
export const publishedPeople = ({ people, recoding }: AnonymisedPeople): string[] =>
  people.filter((_, row) => recoding.classOf[row]! >= 0).map(({ patient }) => patient);

/** Without some people: their rows are gone. To be checked again. */
export function without(all: AnonymisedPeople, gone: ReadonlySet<string>): AnonymisedPeople {
  const left = [...all.people.keys()].filter((row) => !gone.has(all.people[row]!.patient));
  const picked = <T>(column: readonly T[]) => left.map((row) => column[row]!);
  const rows = Int32Array.from(left);
  const columns = all.table.columns.map((column) => ({ ...column, codes: rows.map((row) => column.codes[row]!) }));
  const withdrawn = new Set([...all.people.keys()].filter((row) => gone.has(all.people[row]!.patient)));
  const subjects = Int32Array.from(all.people.keys());
  const { recoding, sensitive } = withoutSubjects(
    { subjects, recoding: all.recoding, sensitive: all.groups },
    withdrawn,
  );
  return {
    ...{ people: picked(all.people), table: { rows: left.length, columns } },
    sets: all.sets.map((set) => ({ ...set, rows: picked(set.rows) })),
    ...{ recoding, groups: sensitive },
  };
}
