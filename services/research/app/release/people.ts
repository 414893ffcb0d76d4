import { canonical } from '../../../../contracts/canonical.ts';
import { Failure } from '../../../../kernel/errors.ts';
import type { Criteria } from '../../cohort/criteria.ts';
import { weeksFor } from '../../engine/hierarchies/date.ts';
import { sha256 } from '../../package/manifest.ts';
import type { PrivacyPlan } from '../../privacy/plan.ts';
import type { Extract, PersonRow } from '../../rows/person.ts';
import type { Extraction, Reading } from '../extraction.ts';
import type { Subjects } from '../subjects.ts';

/** Somebody of the cohort, as the release has them. */
export interface Person {
  patient: string;
  /** Four words. */
  pseudonym: Uint32Array;
  /** Of their consents. */
  version: number;
  row: PersonRow;
}

/** A cohort's definition, read. */
export interface Defined {
  criteria: Criteria;
  extract: Extract;
  plan: PrivacyPlan;
}

/**
 * Reads the records of everybody who consents now, and keeps the rows of those who belong to the cohort, in an order
 * that tells nothing.
 * @param dateKey secret by which dates are shifted
 * @throws Failure as `extraction.records` and the views do
 */
export async function readPeople(
  parts: { extraction: Extraction; subjects: Subjects; dateKey: Uint8Array },
  reading: Reading,
  { criteria, extract, plan }: Defined,
  signal: AbortSignal,
): Promise<Person[]> {
  const types = [...new Set([...criteria.resourceTypes, ...extract.resourceTypes])];
  const found = new Map<string, Omit<Person, 'pseudonym'>>();
  for await (const { patient, version, resources } of parts.extraction.records(reading, types, signal)) {
    signal.throwIfAborted();
    if (criteria.holds(resources) !== true) continue;
    const row = extract.row(resources, weeksFor(parts.dateKey, patient));
    if (row) found.set(patient, { patient, version, row: published(extract, plan, row) });
  }
  const pseudonyms = await parts.subjects.pseudonyms(found.keys());
  const people = Array.from(pseudonyms, ([patient, pseudonym]) => ({ ...found.get(patient)!, pseudonym }));
  return people.sort((a, b) => (textOf(a.pseudonym) < textOf(b.pseudonym) ? -1 : 1));
}

/** The parts of an extract that are not dropped. */
export function publishedExtract({ columns, sets }: Extract, plan: PrivacyPlan): Pick<Extract, 'columns' | 'sets'> {
  return {
    columns: columns.filter(({ column }) => isPublished(plan, column)),
    sets: sets.filter(({ name }) => plan.sets.includes(name)),
  };
}

function published({ columns, sets }: Extract, plan: PrivacyPlan, row: PersonRow): PersonRow {
  return {
    texts: row.texts.filter((_, at) => isPublished(plan, columns[at]!.column)),
    sets: row.sets.filter((_, at) => plan.sets.includes(sets[at]!.name)),
  };
}

const isPublished = ({ model, sensitive }: PrivacyPlan, column: string): boolean =>
  model.quasiIdentifiers.includes(column) || sensitive?.column === column;

/** The hash of whose consents a release rests on; hex. */
export const snapshotOf = (people: readonly Person[]): string =>
  sha256(canonical(people.map(({ pseudonym, version }) => [textOf(pseudonym), version])));

/** A pseudonym in hex. */
export const textOf = (pseudonym: Uint32Array): string =>
  Array.from(pseudonym, (word) => word.toString(16).padStart(8, '0')).join('');

export function wordsOf(people: readonly Person[]): Uint32Array {
  const words = new Uint32Array(people.length * 4);
  for (const [row, { pseudonym }] of people.entries()) words.set(pseudonym, row * 4);
  return words;
}

export const tooFew = () =>
  new Failure(
    'business-rule',
    'The cohort cannot be made anonymous as asked: it has too few people, or too little variety among them.',
  );
