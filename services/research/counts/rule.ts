/** How numbers of people are told where so many questions may be asked about the same people. */
export interface CountRule {
  /** Standard deviation of the noise, people. */
  deviation: number;
  /** In 19 of 20 answers of its own the truth is no further away. */
  margin: number;
  /** Perturbed numbers below this are not told: they would hardly tell that there is anybody. */
  suppressedBelow: number;
  /** Sets that differ by so many people have nothing to do with each other; the fewer, the likelier the same answer. */
  change: number;
}

/** What is told is a multiple of this. */
export const roundedTo = 5;
/** Fewer people than this are not told, however little noise there is. */
const few = 8;

/**
 * Noise and floor for a budget of questions, such that whoever spends it whole and knows everything but whether one
 * person is counted guesses that rightly at most 2 points more often than a coin. Gaussian noise of deviation s makes n
 * answers of their own as hard to tell apart as one draw from N(0, 1) and N(√n / s, 1) (Dong, Roth and Su 2019): with
 * s = 11 √n that is Φ(1/22) − 1/2 = 1.8 points. The floor adds as many chances as there are pairs of questions, hence its
 * growth with n; `attacks/likeliest.ts` measures both together.
 */
export function countRule(questions: number): CountRule {
  const deviation = 11 * Math.sqrt(questions);
  return {
    deviation,
    margin: up(2 * deviation),
    suppressedBelow: up(few + 2 * deviation),
    change: 24 * questions,
  };
}

const up = (people: number): number => Math.ceil(people / roundedTo) * roundedTo;
