import type { Candidate } from '../registry/candidate.ts';
import { join, rootOf, unionOf } from '../registry/union.ts';

/*
 * What an attacker makes of releases who knows everybody's quasi-identifiers and who is in which cohort, and so finds
 * everybody's class; the sensitive values are not known.
 */

/** By person: their class in the release. */
export function classesByPerson({ subjects, recoding }: Candidate): Map<number, number> {
  const classes = new Map<number, number>();
  for (const [row, person] of subjects.entries())
    if (recoding.classOf[row]! >= 0) classes.set(person, recoding.classOf[row]!);
  return classes;
}

/** By class: how often each sensitive group occurs in it. */
export function histogramsOf({ recoding, sensitive }: Candidate): Map<number, number>[] {
  const histograms = Array.from({ length: recoding.classes }, () => new Map<number, number>());
  for (const [row, id] of recoding.classOf.entries()) if (id >= 0) add(histograms[id]!, sensitive[row]!, 1);
  return histograms;
}

/** The likeliest group; of equally likely ones the lowest. Undefined where there is none. */
export function likeliest(histogram: ReadonlyMap<number, number>): number | undefined {
  let best: number | undefined;
  for (const [value, count] of histogram) {
    const most = best === undefined ? 0 : histogram.get(best)!;
    if (count > most || (count === most && count > 0 && value < best!)) best = value;
  }
  return best;
}

/**
 * What is left for somebody who is in the first release only: of all classes that hang together with theirs by people in
 * both releases, the first release's groups less the second's. Undefined where they are not in the first.
 */
export function leftover(first: Candidate, second: Candidate | undefined, person: number) {
  const own = classesByPerson(first).get(person);
  if (own === undefined) return undefined;
  const before = histogramsOf(first);
  if (!second) return before[own]!;
  const components = unionOf(first.recoding.classes + second.recoding.classes);
  const place = classesByPerson(second);
  for (const [each, id] of classesByPerson(first)) {
    const other = place.get(each);
    if (other !== undefined) join(components, id, first.recoding.classes + other);
  }
  const root = rootOf(components, own);
  const left = new Map<number, number>();
  for (const [id, histogram] of before.entries())
    if (rootOf(components, id) === root) for (const [value, count] of histogram) add(left, value, count);
  for (const [id, histogram] of histogramsOf(second).entries())
    if (rootOf(components, first.recoding.classes + id) === root)
      for (const [value, count] of histogram) add(left, value, -count);
  return left;
}

function add(histogram: Map<number, number>, value: number, count: number): void {
  histogram.set(value, (histogram.get(value) ?? 0) + count);
}
