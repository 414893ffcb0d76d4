import { Failure } from '../../../kernel/errors.ts';
import { distinctValues } from '../engine/criteria.ts';
import { type Candidate, type Layout, layoutOf, wordsFor } from './candidate.ts';
import { type Overlap, overlapOf, residueHistograms } from './overlap.ts';
import type { Registry, Release } from './registry.ts';
import { rootOf } from './union.ts';

/** What is asked of every group of people whom recipients could tell from others. */
export interface Limits {
  /** Least number of people. */
  k: number;
  /** Least number of sensitive groups. */
  l: number;
}

/**
 * `small-class`, `few-groups`: a class of the candidate itself. `small-atom`: people in one combination of releases.
 * `small-overlap`: people shared with a class of an earlier release. `few-common-groups`: the groups that are in all
 * classes somebody was ever released in. `small-residue`, `few-residue-groups`: people whom subtracting the two
 * releases leaves.
 */
export type Reason =
  | 'small-class'
  | 'few-groups'
  | 'small-atom'
  | 'small-overlap'
  | 'few-common-groups'
  | 'small-residue'
  | 'few-residue-groups';

export interface Finding {
  reason: Reason;
  /** Id of the earlier release, where it is one. */
  release?: string;
  /** By class of the candidate: 1 where it is concerned. */
  classes: Uint8Array;
}

/**
 * What is wrong with a candidate beside all earlier releases; nothing where it may be released. Every overlap of two
 * classes holds ≥ k people and so does every residue, so that no linear combination of what two releases publish of
 * their classes tells of fewer than k people: a combination that is not constant on a component tells of an overlap.
 * It takes for granted that nobody's sensitive value changes between releases.
 * @throws Failure as `layoutOf` does, and `not-found` for a person who is no subject of the registry
 */
export function findingsOf(registry: Registry, candidate: Candidate, limits: Limits): Finding[] {
  if (candidate.subjects.some((subject) => subject < 0 || subject >= registry.subjects.count))
    throw new Failure('not-found', 'Somebody in the release is no subject of the registry.');
  const layout = layoutOf(candidate, registry.values);
  const findings: Finding[] = [
    ...classFindings(layout, registry.values, limits),
    { reason: 'small-atom', classes: smallAtoms(registry, layout, limits.k) },
    { reason: 'few-common-groups', classes: fewCommon(registry, layout, limits.l) },
    ...registry.releases.flatMap((release) => releaseFindings(registry, candidate, layout, release, limits)),
  ];
  return findings.filter(({ classes }) => classes.includes(1));
}

function classFindings({ classes, sizes, histograms }: Layout, values: number, { k, l }: Limits): Finding[] {
  const few = Uint8Array.from({ length: classes }, (_, id) =>
    distinctValues(histograms, id * values, values) < l ? 1 : 0,
  );
  return [
    { reason: 'small-class', classes: Uint8Array.from(sizes, (size) => (size < k ? 1 : 0)) },
    { reason: 'few-groups', classes: few },
  ];
}

/** Classes with people of an atom of which fewer than k are in the candidate, or fewer than k are not. */
function smallAtoms(registry: Registry, layout: Layout, k: number): Uint8Array {
  const { atomOf, atomSizes, releases } = registry;
  const inside = new Int32Array(atomSizes.length);
  for (const person of layout.people) inside[atomOf[person]!]!++;
  const few = (people: number) => people > 0 && people < k;
  const smallInside = Uint8Array.from(inside, (people) => (few(people) ? 1 : 0));
  const smallOutside = Uint8Array.from(inside, (people, atom) =>
    atom && people && few(atomSizes[atom]! - people) ? 1 : 0,
  );
  const marked = new Uint8Array(layout.classes);
  if (!smallInside.includes(1) && !smallOutside.includes(1)) return marked;
  const present = new Uint8Array(atomOf.length);
  for (const person of layout.people) present[person] = 1;
  const missing = (subject: number) => smallOutside[atomOf[subject]!] === 1 && !present[subject];
  const near = releases.map((release) => classesOf(release, missing));
  const found = new Uint8Array(atomSizes.length);
  forEachMember(layout, (subject, id) => {
    const atom = atomOf[subject]!;
    if (!smallInside[atom] && !(smallOutside[atom] && beside(releases, near, subject))) return;
    found[atom] = 1;
    marked[id] = 1;
  });
  // the missing people may stand beside nobody: then every class with people of their atom is concerned
  forEachMember(layout, (subject, id) => {
    const atom = atomOf[subject]!;
    if (smallOutside[atom] && !found[atom]) marked[id] = 1;
  });
  return marked;
}

/** By class + 1 of the release: 1 where it holds somebody of those. */
function classesOf({ classOf, classes }: Release, those: (subject: number) => boolean): Uint8Array {
  const held = new Uint8Array(classes + 1);
  for (const [subject, id] of classOf.entries()) if (id && those(subject)) held[id] = 1;
  return held;
}

/** Whether the newest release that holds the subject does so in one of the marked classes. */
function beside(releases: readonly Release[], near: readonly Uint8Array[], subject: number): boolean {
  for (let index = releases.length - 1; index >= 0; index--) {
    const id = releases[index]!.classOf[subject];
    if (id) return near[index]![id] === 1;
  }
  return false;
}

function fewCommon({ possible, values }: Registry, layout: Layout, l: number): Uint8Array {
  const words = wordsFor(values);
  const marked = new Uint8Array(layout.classes);
  forEachMember(layout, (subject, id) => {
    let common = 0;
    for (let word = 0; word < words; word++)
      common += bits(possible[subject * words + word]! & layout.sets[id * words + word]!);
    if (common < l) marked[id] = 1;
  });
  return marked;
}

function releaseFindings(
  { values }: Registry,
  candidate: Candidate,
  layout: Layout,
  release: Release,
  { k, l }: Limits,
): Finding[] {
  const overlap = overlapOf(layout, release, k);
  const residues = [overlap.left, overlap.joined];
  const tells = partial(layout, release, overlap);
  const inComponents = (test: (root: number) => boolean) =>
    Uint8Array.from({ length: layout.classes }, (_, id) => {
      const root = rootOf(overlap.components, id);
      return tells[root] && test(root) ? 1 : 0;
    });
  const about = { release: release.notes.id };
  const findings: Finding[] = [
    { reason: 'small-overlap', ...about, classes: overlap.small },
    {
      reason: 'small-residue',
      ...about,
      classes: inComponents((root) => residues.some((people) => people[root]! > 0 && people[root]! < k)),
    },
  ];
  if (!tells.includes(1)) return findings;
  const { left, joined } = residueHistograms(candidate, layout, release, overlap, values);
  const few = (people: Int32Array, histograms: Int32Array, root: number) =>
    people[root]! > 0 && distinctValues(histograms, root * values, values) < l;
  const classes = inComponents((root) => few(overlap.left, left, root) || few(overlap.joined, joined, root));
  return [...findings, { reason: 'few-residue-groups', ...about, classes }];
}

/** By root: 1 where the component has classes of both releases and people of one only. */
function partial({ classes }: Layout, release: Release, { components, left, joined }: Overlap): Uint8Array {
  const both = new Uint8Array(components.parent.length);
  for (let old = 0; old < release.classes; old++) {
    const root = rootOf(components, classes + old);
    if (root < classes && left[root]! + joined[root]! > 0) both[root] = 1;
  }
  return both;
}

function forEachMember({ classes, people, starts }: Layout, visit: (subject: number, id: number) => void): void {
  for (let id = 0; id < classes; id++) for (let at = starts[id]!; at < starts[id + 1]!; at++) visit(people[at]!, id);
}

/** The number of ones among 32 bits. */
function bits(word: number): number {
  let ones = 0;
  for (let rest = word; rest; rest &= rest - 1) ones++;
  return ones;
}
