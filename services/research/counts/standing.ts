/**
 * How likely the answers that were given to other sets of people are told again; what is left of 1 is the likelihood of an
 * answer of its own. The same people get the same answer. One earlier set at a distance of d people has cos²(π d / 2
 * change): an angle that one person more or less turns by the same little bit everywhere, so that no distance is an edge.
 * Several share in proportion to cot², which is the same for one.
 * @param distances in how many people each earlier set differs
 * @param change people, from which on nothing is left
 */
export function standing(distances: readonly number[], change: number): number[] {
  const same = distances.indexOf(0);
  if (same >= 0) return distances.map((_, index) => (index === same ? 1 : 0));
  const weights = distances.map((distance) =>
    distance < change ? Math.tan((Math.PI * distance) / (2 * change)) ** -2 : 0,
  );
  const all = weights.reduce((sum, weight) => sum + weight, 1);
  return weights.map((weight) => weight / all);
}

/** The earlier answer that a number from 0 to 1 draws; −1: none of them. */
export function drawnOf(shares: readonly number[], chance: number): number {
  let below = 0;
  return shares.findIndex((share) => {
    below += share;
    return chance < below;
  });
}
