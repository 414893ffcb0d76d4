import { Failure } from '../../../kernel/errors.ts';
import type { Recoding } from '../engine/recoding.ts';

/** An anonymised table that might be released. */
export interface Candidate {
  /** By row: the number of the person in the registry. */
  subjects: Int32Array;
  recoding: Recoding;
  /** By row: the group of the sensitive value, 0 … values − 1; equal numbers are equal groups in every release. */
  sensitive: Int32Array;
}

/** A candidate by its classes. */
export interface Layout {
  classes: number;
  sizes: Int32Array;
  /** Class × group: people. */
  histograms: Int32Array;
  /** Class × word: the bits of the groups that occur. */
  sets: Uint32Array;
  /** The published rows, class by class; those of a class stand from its start to the next one's. */
  rows: Int32Array;
  /** Their people, in the same order. */
  people: Int32Array;
  starts: Int32Array;
}

/** Words that hold a bit for each group. */
export const wordsFor = (values: number): number => Math.ceil(values / 32);

/**
 * @param values number of groups
 * @throws Failure `structure` where columns differ in length, a person is named twice, or a group is out of range
 */
export function layoutOf({ subjects, recoding, sensitive }: Candidate, values: number): Layout {
  const { classOf, classes } = recoding;
  if (subjects.length !== classOf.length || sensitive.length !== classOf.length)
    throw new Failure('structure', 'Every row of a release needs a person and a sensitive group.');
  if (sensitive.some((value) => value < 0 || value >= values))
    throw new Failure('structure', 'A sensitive group is not one that the registry knows.');
  if (distinct(subjects) < subjects.length)
    throw new Failure('structure', 'Somebody has several rows in one release: the registry counts people.');
  const histograms = new Int32Array(classes * values);
  const sizes = new Int32Array(classes);
  for (let row = 0; row < classOf.length; row++) {
    const id = classOf[row]!;
    if (id < 0) continue;
    sizes[id]!++;
    histograms[id * values + sensitive[row]!]!++;
  }
  const { rows, starts } = byClass(classOf, sizes);
  const people = rows.map((row) => subjects[row]!);
  return { classes, sizes, histograms, sets: setsOf(histograms, values), rows, people, starts };
}

function distinct(subjects: Int32Array): number {
  const seen = new Uint8Array(subjects.reduce((most, each) => Math.max(most, each), -1) + 1);
  let count = 0;
  for (const each of subjects) {
    if (!seen[each]) count++;
    seen[each] = 1;
  }
  return count;
}

function setsOf(histograms: Int32Array, values: number): Uint32Array {
  const words = wordsFor(values);
  const sets = new Uint32Array((histograms.length / values) * words);
  for (let at = 0, id = 0; at < histograms.length; id++)
    for (let value = 0; value < values; value++, at++)
      if (histograms[at]) sets[id * words + (value >> 5)]! |= 1 << (value & 31);
  return sets;
}

function byClass(classOf: Int32Array, sizes: Int32Array): Pick<Layout, 'rows' | 'starts'> {
  const starts = new Int32Array(sizes.length + 1);
  for (const [id, size] of sizes.entries()) starts[id + 1] = starts[id]! + size;
  const next = starts.slice();
  const rows = new Int32Array(starts.at(-1)!);
  for (let row = 0; row < classOf.length; row++) if (classOf[row]! >= 0) rows[next[classOf[row]!]!++] = row;
  return { rows, starts };
}
