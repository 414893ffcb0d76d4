import fc from 'fast-check';
import { hierarchyOf } from '../../engine/hierarchy.ts';
import { recodeLocally } from '../../engine/local/local.ts';
import { tableOf } from '../../engine/table.ts';
import type { Candidate } from '../candidate.ts';
import type { Limits } from '../check.ts';
import { emptyRegistry, withSubjects } from '../registry.ts';

/**
 * A second, naive implementation of the registry's rules for the tests: it keeps every published row, knows sets and
 * lists only, and shares nothing with the registry but the types of its input.
 */
export interface PlainRow {
  person: number;
  class: number;
  value: number;
}
export type PlainRelease = readonly PlainRow[];

export const plainOf = ({ subjects, recoding, sensitive }: Candidate): PlainRelease =>
  Array.from(subjects, (person, row) => ({ person, class: recoding.classOf[row]!, value: sensitive[row]! })).filter(
    (row) => row.class >= 0,
  );

/** The names of the rules that the new release breaks beside the old ones. */
export function brokenRules(old: readonly PlainRelease[], added: PlainRelease, { k, l }: Limits): Set<string> {
  const broken = new Set<string>();
  for (const rows of classesOf(added)) {
    if (rows.length < k) broken.add('small-class');
    if (values(rows) < l) broken.add('few-groups');
  }
  if (atoms([...old, added]).some((size) => size < k)) broken.add('small-atom');
  if (added.some(({ person }) => common([...old, added], person) < l)) broken.add('few-common-groups');
  for (const release of old) {
    for (const one of classesOf(added))
      for (const other of classesOf(release)) {
        const shared = people(one).filter((person) => people(other).includes(person)).length;
        if (shared > 0 && shared < k) broken.add('small-overlap');
      }
    for (const residue of residues(release, added)) {
      if (residue.length < k) broken.add('small-residue');
      if (values(residue) < l) broken.add('few-residue-groups');
    }
  }
  return broken;
}

const people = (rows: PlainRelease) => rows.map(({ person }) => person);
const values = (rows: PlainRelease) => new Set(rows.map(({ value }) => value)).size;
const classesOf = (release: PlainRelease) => [...Map.groupBy(release, (row) => row.class).values()];

/** The sizes of the groups of people who are in the same releases. */
function atoms(releases: readonly PlainRelease[]): number[] {
  const everybody = new Set(releases.flatMap(people));
  const key = (person: number) => releases.map((release) => people(release).includes(person)).join();
  return [...Map.groupBy(everybody, key).values()].map((group) => group.length);
}

function common(releases: readonly PlainRelease[], person: number): number {
  const sets = releases.flatMap((release) => {
    const own = release.find((row) => row.person === person);
    return own ? [new Set(release.filter((row) => row.class === own.class).map(({ value }) => value))] : [];
  });
  return [...sets[0]!].filter((value) => sets.every((set) => set.has(value))).length;
}

/** What is left of whatever hangs together, when one release is subtracted from the other: two lists for each. */
function residues(old: PlainRelease, added: PlainRelease): PlainRow[][] {
  let parts = [...classesOf(old).map((rows) => ({ old: rows, added: [] as PlainRow[] }))];
  for (const rows of classesOf(added)) {
    const touches = (part: (typeof parts)[number]) =>
      part.old.some(({ person }) => people(rows).includes(person)) ||
      part.added.some(({ person }) => people(rows).includes(person));
    const [near, far] = [parts.filter(touches), parts.filter((part) => !touches(part))];
    if (!near.length) continue;
    const joined = {
      old: near.flatMap((part) => part.old),
      added: [...near.flatMap((part) => part.added), ...rows],
    };
    parts = [...far, joined];
  }
  return parts
    .filter((part) => part.added.length)
    .flatMap((part) => [
      part.old.filter(({ person }) => !people(part.added).includes(person)),
      part.added.filter(({ person }) => !people(part.old).includes(person)),
    ])
    .filter((rows) => rows.length);
}

/** What everybody in the tests has: the eighth part of a range of ages, and a sensitive value. */
export interface Person {
  age: number;
  value: number;
}

export const ages = hierarchyOf(
  'age',
  Array.from({ length: 8 }, (_, age) => [`${age}`, `half ${age >> 1}`, `side ${age >> 2}`, '*']),
);

export const population = fc.array(fc.record({ age: fc.nat(7), value: fc.nat(2) }), { minLength: 1, maxLength: 40 });

/** Everybody's numbers in a registry are their places in the population. */
export const everybodyIn = (persons: readonly Person[]) =>
  withSubjects(emptyRegistry('everybody', 3), Uint32Array.from(persons.flatMap((_, index) => [index, 1, 2, 3])))
    .registry;

/** Some of the people, in classes that are drawn: by person −1 for one who is not in the release. */
export function drawnRelease(persons: readonly Person[], drawn: readonly number[]): Candidate {
  const inside = [...persons.keys()].filter((person) => (drawn[person] ?? -1) >= 0);
  const used = [...new Set(inside.map((person) => drawn[person]!))];
  const codes = Int32Array.from(used);
  return {
    subjects: Int32Array.from(inside),
    recoding: {
      quasi: tableOf(['age'], [], { age: ages }).columns,
      classOf: Int32Array.from(inside, (person) => used.indexOf(drawn[person]!)),
      classes: used.length,
      labels: 'node',
      low: [codes],
      high: [codes],
    },
    sensitive: Int32Array.from(inside, (person) => persons[person]!.value),
  };
}

/** Some of the people as the engine releases them. */
export function localRelease(persons: readonly Person[], inside: readonly number[], k: number): Candidate {
  const records = inside.map((person) => [`${persons[person]!.age}`]);
  const recoding = recodeLocally(tableOf(['age'], records, { age: ages }), { quasiIdentifiers: ['age'], k });
  const sensitive = Int32Array.from(inside, (person) => persons[person]!.value);
  return { subjects: Int32Array.from(inside), recoding, sensitive };
}
