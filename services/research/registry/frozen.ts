import { type Recoding, recodingOf } from '../engine/recoding.ts';
import type { Candidate } from './candidate.ts';
import { hierarchiesOf, type Registry, type Release } from './registry.ts';

/**
 * The candidate inside the frozen partition: whoever was released before stands in the class of the newest release that
 * holds them and publishes what it published then; newcomers stay together as the candidate has them. Undefined where no
 * earlier release with the same hierarchies and kind of labels holds any of them.
 */
export function frozen(registry: Registry, candidate: Candidate): Candidate | undefined {
  const { recoding, subjects } = candidate;
  const hierarchies = hierarchiesOf(recoding);
  const releases = registry.releases.filter(
    (release) => release.hierarchies === hierarchies && release.labels === recoding.labels,
  );
  const partOf = new Int32Array(subjects.length).fill(-1);
  let parts = 0;
  for (const { classOf, classes } of releases.toReversed()) {
    for (const [row, subject] of subjects.entries()) {
      const id = classOf[subject];
      if (id && partOf[row]! < 0) partOf[row] = parts + id - 1;
    }
    parts += classes;
  }
  if (partOf.every((part) => part < 0)) return undefined;
  for (const [row, id] of recoding.classOf.entries())
    if (id >= 0 && partOf[row]! < 0 && !registry.atomOf[subjects[row]!]) partOf[row] = parts + id;
  return { ...candidate, recoding: recodedAs(recoding, releases.toReversed(), partOf, parts + recoding.classes) };
}

function recodedAs(recoding: Recoding, releases: readonly Release[], partOf: Int32Array, parts: number): Recoding {
  const ends = (end: 'low' | 'high') =>
    recoding.quasi.map((_, index) => {
      const all = [...releases, recoding].map((each) => each[end][index]!);
      return Int32Array.from(all.flatMap((codes) => [...codes]));
    });
  const { of, used } = withoutGaps(partOf, parts);
  const picked = (columns: readonly Int32Array[]) => columns.map((column) => used.map((part) => column[part]!));
  return recodingOf(recoding.quasi, of, used.length, picked(ends('low')), picked(ends('high')), recoding.labels);
}

/** The parts that hold a row, numbered anew. */
function withoutGaps(partOf: Int32Array, parts: number): { of: Int32Array; used: Int32Array } {
  const held = new Uint8Array(parts);
  for (const part of partOf) if (part >= 0) held[part] = 1;
  const used = Int32Array.from(held.keys()).filter((part) => held[part]);
  const number = new Int32Array(parts);
  for (const [index, part] of used.entries()) number[part] = index;
  return { of: partOf.map((part) => (part < 0 ? -1 : number[part]!)), used };
}
