import { seededRandom } from '../../demo/random.ts';

/** One fault of a seed, after so many acknowledged operations more. */
export interface Step<F> {
  fault: F;
  after: number;
}

export const faultsPerSeed = 8;

/**
 * What a seed does: it takes its part of an endless row of shuffled decks of all faults, so that seeds that follow each
 * other meet every fault equally often; and chooses the moments.
 */
export function planOf<F>(seed: number, faults: readonly F[]): Step<F>[] {
  const random = seededRandom(seed);
  const cards = Array.from({ length: faultsPerSeed }, (_, index) => cardAt(seed * faultsPerSeed + index, faults));
  return cards.map((fault) => ({ fault, after: random.integer(20, 100) }));
}

function cardAt<F>(position: number, faults: readonly F[]): F {
  const deck = shuffled(faults, Math.floor(position / faults.length));
  return deck[position % faults.length]!;
}

function shuffled<F>(faults: readonly F[], seed: number): F[] {
  const random = seededRandom(seed);
  const weighed = faults.map((fault) => ({ fault, weight: random.next() }));
  return weighed.sort((a, b) => a.weight - b.weight).map(({ fault }) => fault);
}
