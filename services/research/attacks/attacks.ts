import type { Candidate } from '../registry/candidate.ts';
import { classesByPerson, histogramsOf, leftover, likeliest } from './knowledge.ts';
import type { Releaser } from './releaser.ts';

/** Homogeneity (Machanavajjhala et al. 2007): the share of published people whose class has one sensitive group only. */
export function homogeneity(published: Candidate): number {
  const classes = classesByPerson(published);
  const histograms = histogramsOf(published);
  const told = [...classes.values()].filter((id) => histograms[id]!.size === 1).length;
  return told / Math.max(1, classes.size);
}

/**
 * Composition (Ganta et al. 2008): of the people who are in the cohorts of both releases, the share for whom fewer than l
 * groups are possible; whom a release leaves out it says nothing of.
 */
export function composition(first: Candidate, second: Candidate | undefined, shared: Iterable<number>, l: number) {
  const views = [first, second].flatMap((each) =>
    each ? [{ classes: classesByPerson(each), histograms: histogramsOf(each) }] : [],
  );
  let people = 0;
  let below = 0;
  let both = 0;
  for (const person of shared) {
    const sets = views.flatMap(({ classes, histograms }) => {
      const id = classes.get(person);
      return id === undefined ? [] : [histograms[id]!];
    });
    people++;
    if (sets.length === 2) both++;
    if (sets.length && [...sets[0]!.keys()].filter((value) => sets.every((set) => set.has(value))).length < l) below++;
  }
  return { below: below / people, inBoth: both / people };
}

/** How often the attacker names the sensitive group of a person: with the first release alone, and with both. */
export interface Guesses {
  one: number;
  both: number;
  /** Share of the trials in which there was a second release. */
  released: number;
}

/**
 * Differencing: the first cohort is released, then, in every trial anew, a second one that lacks a few of its people; the
 * attacker subtracts. One person who lacks is a withdrawal.
 * @param trials the person to be attacked, and everybody whom the second cohort lacks
 * @param groupOf the sensitive group of a person
 */
export function differencing(
  releaser: Releaser,
  cohort: Int32Array,
  trials: readonly { target: number; missing: ReadonlySet<number> }[],
  groupOf: (person: number) => number,
): Guesses {
  const { published: first, next } = releaser.release(cohort);
  if (!first) return { one: 0, both: 0, released: 0 };
  let [one, both, released] = [0, 0, 0];
  for (const { target, missing } of trials) {
    const { published: second } = next.release(cohort.filter((person) => !missing.has(person)));
    const guess = (histogram: ReturnType<typeof leftover>) => histogram && likeliest(histogram) === groupOf(target);
    if (guess(leftover(first, undefined, target))) one++;
    if (guess(leftover(first, second, target))) both++;
    if (second) released++;
  }
  return { one: one / trials.length, both: both / trials.length, released: released / trials.length };
}
