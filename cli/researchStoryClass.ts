import type { Patient } from '@medplum/fhirtypes';
import { ageHierarchy, ageText } from '../services/research/engine/hierarchies/age.ts';
import { day, homes } from './researchStoryStudy.ts';

/** What a row of the release says of a person. */
export interface ReleasedRow {
  age: string;
  sex: string;
  home: string;
}

/** A class of the released rows, and those of whom it is certain that they are in it: no other fits them. */
export interface Certain<P> {
  rows: number;
  people: P[];
}

/**
 * What whoever knows the people of a release can find out about their classes.
 * @param people all of them in the release, with what is known of them
 */
export function certainOf<P extends { resource: Patient }>(
  released: readonly ReleasedRow[],
  people: readonly P[],
): Certain<P>[] {
  const classes = Map.groupBy(released, ({ age, sex, home }) => JSON.stringify([age, sex, home]));
  const paths = agePaths();
  const found = new Map([...classes].map(([key, rows]) => [key, { rows: rows.length, people: [] as P[] }]));
  for (const person of people) {
    const known = knownOf(person.resource, paths);
    const fitting = [...classes].filter(([, [row]]) => fits(row!, known));
    if (fitting.length === 1) found.get(fitting[0]![0])!.people.push(person);
  }
  return [...found.values()];
}

/** By column: the published values that stand for a person. */
type Known = Record<keyof ReleasedRow, readonly string[]>;

const fits = (row: ReleasedRow, known: Known): boolean =>
  (['age', 'sex', 'home'] as const).every((column) => known[column].includes(row[column]));

function knownOf(
  { birthDate = '', gender = 'unknown', address }: Patient,
  paths: ReadonlyMap<string, string[]>,
): Known {
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (birthDate.slice(5) > day.slice(5) ? 1 : 0);
  const home = address?.[0]?.postalCode?.slice(0, 3) ?? 'unknown';
  return {
    age: paths.get(ageText(years)) ?? [],
    sex: [gender, '*'],
    home: homes.find(([prefix]) => prefix === home) ?? [],
  };
}

function agePaths(): Map<string, string[]> {
  const { codes, levels, labels } = ageHierarchy();
  return new Map([...codes].map(([text, code]) => [text, levels.map((nodeOf) => labels[nodeOf[code]!]!)]));
}

/**
 * Three people of one class, so that a later release must leave out few others with them: those who can log in first,
 * then of the smallest class. Undefined where nobody's class is certain.
 * @param most others of their class who may be left out
 */
export function threeOfOneClass<P extends { login?: unknown }>(
  classes: readonly Certain<P>[],
  most: number,
): P[] | undefined {
  const logins = ({ people }: Certain<P>) => Math.min(3, people.filter(({ login }) => login).length);
  const [best] = classes
    .filter(({ rows, people }) => people.length >= 3 && rows - 3 <= most)
    .sort((one, other) => logins(other) - logins(one) || one.rows - other.rows);
  return best?.people.sort((one, other) => Number(!one.login) - Number(!other.login)).slice(0, 3);
}
