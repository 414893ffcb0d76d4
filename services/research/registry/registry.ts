import { createHash } from 'node:crypto';
import { canonical } from '../../../contracts/canonical.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Recoding } from '../engine/recoding.ts';
import { type Candidate, type Layout, layoutOf, wordsFor } from './candidate.ts';
import { emptySubjects, numbered, type Subjects } from './subjects.ts';

/** What is known of a release beside its people: an id, hashes (hex) and an instant. */
export interface ReleaseNotes {
  id: string;
  definition: string;
  consentSnapshot: string;
  parameters: string;
  output: string;
  /** Milliseconds since the epoch. */
  releasedAt: number;
}

/** A release as the registry keeps it: by columns, nothing that its package does not say of a class. */
export interface Release extends Pick<Recoding, 'low' | 'high' | 'labels' | 'classes'> {
  notes: ReleaseNotes;
  /** By subject: the class + 1; 0, or no element, where the subject is not in it. */
  classOf: Uint16Array | Int32Array;
  sizes: Int32Array;
  /** Class × group: people. */
  histograms: Uint16Array | Int32Array;
  /** Hash of the quasi-identifiers and their hierarchies: where it is equal, the codes of the labels mean the same. */
  hierarchies: string;
}

/**
 * All releases to one collusion domain, the recipients who might lay their data together, of one sensitive attribute.
 * It only grows. A million subjects in a hundred releases of up to 65,535 classes are 2 bytes a subject and release and
 * 2 bytes a class and group: 350 MB with 50,000 classes of 14 groups.
 */
export interface Registry {
  domain: string;
  /** Number of sensitive groups. */
  values: number;
  subjects: Subjects;
  releases: readonly Release[];
  /** By subject: which releases hold them, as the number of that combination; 0: none. */
  atomOf: Int32Array;
  atomSizes: Int32Array;
  /** Subject × word: the groups that are in every class the subject was released in. */
  possible: Uint32Array;
  /** Hash chain over the releases, for the ledger; hex. */
  head: string;
}

export function emptyRegistry(domain: string, values: number): Registry {
  const head = createHash('sha256').update(canonical({ domain, values })).digest('hex');
  const none = { atomOf: new Int32Array(0), atomSizes: new Int32Array(1), possible: new Uint32Array(0) };
  return { domain, values, subjects: emptySubjects(), releases: [], ...none, head };
}

/** The registry with these people among its subjects, and their numbers. @param pseudonyms four words for each */
export function withSubjects(registry: Registry, pseudonyms: Uint32Array): { registry: Registry; numbers: Int32Array } {
  const { subjects, numbers } = numbered(registry.subjects, pseudonyms);
  const atomOf = new Int32Array(subjects.count);
  atomOf.set(registry.atomOf);
  const possible = new Uint32Array(subjects.count * wordsFor(registry.values)).fill(0xffffffff);
  possible.set(registry.possible);
  return { registry: { ...registry, subjects, atomOf, possible }, numbers };
}

/**
 * The registry after a release. Whether it may be released is `checkRelease`'s to say.
 * @throws Failure `duplicate` where the id is taken, and as `layoutOf` does
 */
export function recorded(registry: Registry, candidate: Candidate, notes: ReleaseNotes): Registry {
  if (registry.releases.some((release) => release.notes.id === notes.id))
    throw new Failure('duplicate', 'A release with this id is in the registry already.');
  const layout = layoutOf(candidate, registry.values);
  const release = releaseOf(registry, candidate, layout, notes);
  return {
    ...registry,
    releases: [...registry.releases, release],
    ...refined(registry, release),
    possible: narrowed(registry, candidate, layout),
    head: chained(registry.head, release),
  };
}

function releaseOf(registry: Registry, candidate: Candidate, layout: Layout, notes: ReleaseNotes): Release {
  const { low, high, labels, classes, classOf } = candidate.recoding;
  const { sizes, histograms } = layout;
  const column = classes < 2 ** 16 ? new Uint16Array(registry.subjects.count) : new Int32Array(registry.subjects.count);
  for (let row = 0; row < classOf.length; row++) column[candidate.subjects[row]!] = classOf[row]! + 1;
  const narrow = sizes.every((size) => size < 2 ** 16) ? Uint16Array.from(histograms) : histograms;
  const hierarchies = hierarchiesOf(candidate.recoding);
  return { notes, classOf: column, classes, sizes, histograms: narrow, low, high, labels, hierarchies };
}

export function hierarchiesOf({ quasi }: Recoding): string {
  const said = quasi.map(({ name, hierarchy: { labels, parent } }) => ({ name, labels, parent: [...parent] }));
  return createHash('sha256').update(canonical(said)).digest('hex');
}

/** Every atom becomes two: who is in the release and who is not; empty ones have no number. */
function refined({ atomOf, atomSizes }: Registry, { classOf }: Release): Pick<Registry, 'atomOf' | 'atomSizes'> {
  const inside = new Int32Array(atomSizes.length);
  for (let subject = 0; subject < classOf.length; subject++) if (classOf[subject]) inside[atomOf[subject]!]!++;
  const split = new Int32Array(atomSizes.length);
  let atoms = atomSizes.length;
  for (const [atom, people] of inside.entries())
    if (people) split[atom] = atom && people === atomSizes[atom] ? atom : atoms++;
  const sizes = new Int32Array(atoms);
  const of = atomOf.map((atom, subject) => (classOf[subject] ? split[atom]! : atom));
  for (const atom of of) sizes[atom]!++;
  sizes[0] = 0;
  return { atomOf: of, atomSizes: sizes };
}

function narrowed({ possible, values }: Registry, candidate: Candidate, { sets }: Layout): Uint32Array {
  const words = wordsFor(values);
  const left = possible.slice();
  const { subjects, recoding } = candidate;
  for (let row = 0; row < subjects.length; row++) {
    const subject = subjects[row]!;
    const id = recoding.classOf[row]!;
    if (id < 0) continue;
    for (let word = 0; word < words; word++) left[subject * words + word]! &= sets[id * words + word]!;
  }
  return left;
}

function chained(head: string, { notes, classOf, histograms, low, high, labels, hierarchies }: Release): string {
  const hash = createHash('sha256').update(canonical({ head, notes: { ...notes }, labels, hierarchies }));
  const columns = [classOf, histograms, ...low, ...high];
  for (const { buffer, byteOffset, byteLength } of columns)
    hash.update(`${byteLength}:`).update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}
