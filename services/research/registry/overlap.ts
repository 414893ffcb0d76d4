import type { Candidate, Layout } from './candidate.ts';
import type { Release } from './registry.ts';
import { join, rootOf, type Union, unionOf } from './union.ts';

/**
 * How the classes of a candidate and of an earlier release overlap. Classes that share people hang together; a component
 * is what hangs together, over any number of steps. Whoever has both releases can subtract one from the other: within a
 * component all people in both cancel out, and what is left tells of those who are in one of them only.
 */
export interface Overlap {
  /** By class of the candidate: 1 where it shares somebody, but fewer than k people, with a class of the release. */
  small: Uint8Array;
  /** The candidate's classes, then the release's. */
  components: Union;
  /** By component's root: people who are in the release only, and in the candidate only. */
  left: Int32Array;
  joined: Int32Array;
}

export function overlapOf(layout: Layout, release: Release, k: number): Overlap {
  const { classes, people, starts } = layout;
  const { classOf } = release;
  const known = classOf.length;
  const small = new Uint8Array(classes);
  const components = unionOf(classes + release.classes);
  const sharedByOld = new Int32Array(release.classes + 1);
  const sharedByNew = new Int32Array(classes);
  const counts = new Int32Array(release.classes + 1);
  const touched = new Int32Array(release.classes + 1);
  for (let id = 0; id < classes; id++) {
    let count = 0;
    const end = starts[id + 1]!;
    for (let at = starts[id]!; at < end; at++) {
      const person = people[at]!;
      const old = person < known ? classOf[person]! : 0;
      if (old && counts[old]!++ === 0) touched[count++] = old;
    }
    for (let index = 0; index < count; index++) {
      const old = touched[index]!;
      const shared = counts[old]!;
      if (shared < k) small[id] = 1;
      join(components, id, classes + old - 1);
      sharedByOld[old]! += shared;
      sharedByNew[id]! += shared;
      counts[old] = 0;
    }
  }
  return { small, components, ...residues(layout, release, components, sharedByNew, sharedByOld) };
}

function residues(
  { classes, sizes }: Layout,
  release: Release,
  components: Union,
  sharedByNew: Int32Array,
  sharedByOld: Int32Array,
): Pick<Overlap, 'left' | 'joined'> {
  const left = new Int32Array(classes + release.classes);
  const joined = new Int32Array(classes + release.classes);
  for (let id = 0; id < classes; id++) joined[rootOf(components, id)]! += sizes[id]! - sharedByNew[id]!;
  for (let old = 0; old < release.classes; old++)
    left[rootOf(components, classes + old)]! += release.sizes[old]! - sharedByOld[old + 1]!;
  return { left, joined };
}

/** By component's root, then group: those who are in the release only, and in the candidate only. */
export function residueHistograms(
  { sensitive }: Candidate,
  { classes, rows, people, starts }: Layout,
  release: Release,
  { components }: Overlap,
  values: number,
): { left: Int32Array; joined: Int32Array } {
  const left = new Int32Array((classes + release.classes) * values);
  const joined = new Int32Array(left.length);
  for (let old = 0; old < release.classes; old++) {
    const root = rootOf(components, classes + old);
    for (let value = 0; value < values; value++)
      left[root * values + value]! += release.histograms[old * values + value]!;
  }
  for (let id = 0; id < classes; id++) {
    const root = rootOf(components, id);
    for (let at = starts[id]!; at < starts[id + 1]!; at++) {
      const cell = root * values + sensitive[rows[at]!]!;
      if (release.classOf[people[at]!]) left[cell]!--;
      else joined[cell]!++;
    }
  }
  // somebody whose value has changed since would count below nothing
  return { left: left.map((people) => Math.max(0, people)), joined };
}
