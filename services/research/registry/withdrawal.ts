import type { Candidate } from './candidate.ts';
import { regrouped } from './regroup.ts';

/**
 * The candidate without people who withdrew, whether it held them or not: their rows are gone, not only suppressed, so
 * that no change puts them back. To be checked again before it is released.
 */
export function withoutSubjects(candidate: Candidate, withdrawn: ReadonlySet<number>): Candidate {
  const { subjects, recoding, sensitive } = candidate;
  const kept = Int32Array.from(subjects.keys()).filter((row) => !withdrawn.has(subjects[row]!));
  const picked = (column: Int32Array) => kept.map((row) => column[row]!);
  const classOf = picked(recoding.classOf);
  const quasi = recoding.quasi.map((column) => ({ ...column, codes: picked(column.codes) }));
  const held = new Uint8Array(recoding.classes);
  for (const id of classOf) if (id >= 0) held[id] = 1;
  const partOf = Int32Array.from(held, (any, id) => (any ? id : -1));
  return {
    subjects: picked(subjects),
    recoding: regrouped({ ...recoding, quasi, classOf }, partOf),
    sensitive: picked(sensitive),
  };
}
