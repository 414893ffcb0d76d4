import type { CountRule } from '../counts/rule.ts';
import { drawnOf, standing } from '../counts/standing.ts';

/**
 * Questions of an attacker who knows everybody but the target, told by what the counting makes of them: which of them also
 * count the target where they meet the condition, and in how many of the known people two sets differ.
 */
export interface Layout {
  tracks: readonly boolean[];
  distance(one: number, other: number): number;
}

/**
 * By how many points whoever draws all there is to be drawn from the answers (the likelihood of each case, with noise
 * and chances as `answerCount` has them, before anything is suppressed or rounded) is right more often than a coin.
 * @param studies what is asked in each of the studies that they lay together
 * @param random numbers from 0 to 1
 */
export function bestGuess(studies: readonly Layout[], rule: CountRule, random: () => number, trials: number): number {
  let sum = 0;
  for (let trial = 0; trial < trials; trial++) {
    const ratio = studies.reduce((product, layout) => product * likelihoodRatio(layout, rule, random), 1);
    sum += Math.max(0, 1 - ratio);
  }
  return (50 * sum) / trials;
}

/** Of the answers that come where the target does not meet the condition: how much likelier they are where they do. */
function likelihoodRatio({ tracks, distance }: Layout, rule: CountRule, random: () => number): number {
  const origins: number[] = []; // by question: the question whose answer it got
  let ratio = 1;
  for (const [asked, tracking] of tracks.entries()) {
    const known = origins.map((_, index) => distance(asked, index));
    const shares = standing(known, rule.change);
    const shifted = known.map((people, index) => people + (tracking === tracks[index] ? 0 : 1));
    const meeting = standing(shifted, rule.change);
    const told = drawnOf(shares, random());
    const origin = told < 0 ? asked : origins[told]!;
    ratio *= of(meeting, origins, origin) / of(shares, origins, origin);
    if (told < 0 && tracking) ratio *= shift(normal(random), 1 / rule.deviation);
    origins.push(origin);
  }
  return ratio;
}

/** How likely the answer of that origin is; an answer of its own, where it is nobody's before. */
function of(shares: readonly number[], origins: readonly number[], origin: number): number {
  const told = shares.reduce((sum, share, index) => sum + (origins[index] === origin ? share : 0), 0);
  return origins.includes(origin) ? told : 1 - shares.reduce((sum, share) => sum + share, 0);
}

/** How much likelier a draw from a standard normal distribution is under one whose mean is moved. */
const shift = (noise: number, by: number): number => Math.exp(noise * by - (by * by) / 2);
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
