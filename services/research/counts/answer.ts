import { createHmac } from 'node:crypto';
import { type CountRule, roundedTo } from './rule.ts';
import { drawnOf, standing } from './standing.ts';

/** What is said of a number of people. None and few look the same: that somebody is there would be told otherwise. */
export type CountAnswer = { count: number } | { fewerThan: number };

/** A set of people and what was said of it. */
export interface Answered {
  people: ReadonlySet<string>;
  answer: CountAnswer;
}

/**
 * The number of people in a set, as it may be told anywhere. The cell key is a keyed hash of the set: the same people give
 * the same answer however the question is put. It draws whether an earlier answer, to a set that differs in few, is told
 * again (`standing.ts`), and the noise of an answer of its own; then what is small is suppressed and the rest rounded to 5.
 * @param key secret of those who may ask together, 32 bytes
 * @param people pseudonyms or ids; one who is named twice counts once
 * @param earlier all sets that were answered with this key
 */
export function answerCount(
  key: Uint8Array,
  people: Iterable<string>,
  rule: CountRule,
  earlier: readonly Answered[],
): CountAnswer {
  const set = new Set(people);
  const { chance, noise } = drawn(key, set);
  const distances = earlier.map((other) => difference(set, other.people));
  const stands = earlier[drawnOf(standing(distances, rule.change), chance)];
  if (stands) return stands.answer;
  const perturbed = set.size + rule.deviation * noise;
  if (perturbed < rule.suppressedBelow) return { fewerThan: rule.suppressedBelow };
  return { count: Math.round(perturbed / roundedTo) * roundedTo };
}

/** What the set's cell key draws: a number from 0 to 1, and a standard normal one (Box and Muller 1958). */
function drawn(key: Uint8Array, people: ReadonlySet<string>): { chance: number; noise: number } {
  const cellKey = createHmac('sha256', key)
    .update(JSON.stringify([...people].sort()))
    .digest();
  const uniform = (at: number) => cellKey.readUIntBE(at, 6) / 2 ** 48;
  const noise = Math.sqrt(-2 * Math.log(1 - uniform(6))) * Math.cos(2 * Math.PI * uniform(12));
  return { chance: uniform(0), noise };
}

/** How many people are in one of the sets only. */
export function difference(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const each of a) if (b.has(each)) shared++;
  return a.size + b.size - 2 * shared;
}
