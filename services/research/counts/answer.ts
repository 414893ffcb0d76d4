import { createHmac } from 'node:crypto';

/** What is said of a number of people. None and few look the same: that somebody is there would be told otherwise. */
export type CountAnswer = { count: number } | { fewerThan: number };

/** An answer that was perturbed for its own set of people; the answers after it must keep their distance. */
export interface Answered {
  people: ReadonlySet<string>;
  answer: CountAnswer;
}

/** Numbers below this are not told. */
export const suppressedBelow = 8;
/** What is told is a multiple of this. */
export const roundedTo = 5;
/** Two sets of people with answers of their own differ by so many people at least. */
export const leastChange = 11;

/**
 * The number of people in a set, as it may be told anywhere: the cell key is a keyed hash of the set, so that the same
 * people give the same answer however the question is put; its noise is binomial, −4 … 4 with variance 2; then 0–7 is
 * suppressed and the rest rounded to 5. A set that differs from an answered one by fewer than `leastChange` people gets
 * that one's answer: the first such, which stays the first whatever is asked later.
 * @param key secret of the deployment, 32 bytes
 * @param people pseudonyms or ids; one who is named twice counts once
 * @param earlier the sets of the same population that have answers of their own, in the order in which they were given
 * @returns fresh: the set now has an answer of its own and must be remembered before the answer is given
 */
export function answerCount(
  key: Uint8Array,
  people: Iterable<string>,
  earlier: readonly Answered[],
): { answer: CountAnswer; fresh?: Answered } {
  const set = new Set(people);
  const near = earlier.find((other) => change(set, other.people) < leastChange);
  if (near) return { answer: near.answer };
  const answer = perturbed(key, set);
  return { answer, fresh: { people: set, answer } };
}

function perturbed(key: Uint8Array, people: ReadonlySet<string>): CountAnswer {
  const count = people.size + noiseOf(key, people);
  if (people.size < suppressedBelow || count < suppressedBelow) return { fewerThan: suppressedBelow };
  return { count: Math.round(count / roundedTo) * roundedTo };
}

/** The ones among eight bits that are as good as random, less four. */
function noiseOf(key: Uint8Array, people: ReadonlySet<string>): number {
  const cellKey = createHmac('sha256', key)
    .update(JSON.stringify([...people].sort()))
    .digest();
  let ones = 0;
  for (let bits = cellKey[0]!; bits; bits >>= 1) ones += bits & 1;
  return ones - 4;
}

/** How many people are in one of the sets only; counted no further than it matters. */
function change(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const surplus = b.size - a.size;
  if (Math.abs(surplus) >= leastChange) return Math.abs(surplus);
  let missing = 0;
  for (const each of a) if (!b.has(each) && 2 * ++missing + surplus >= leastChange) break;
  return 2 * missing + surplus;
}
