import { seededRandom } from '../../demo/random.ts';
import { composition, differencing, type Guesses, homogeneity } from '../../services/research/attacks/attacks.ts';
import { downcoding } from '../../services/research/attacks/downcoding.ts';
import { bestGuess, type Layout } from '../../services/research/attacks/likeliest.ts';
import { forgetful, type Releaser, remembering } from '../../services/research/attacks/releaser.ts';
import { advantage, perturbingCounter, roundingCounter, trackers } from '../../services/research/attacks/tracker.ts';
import { answerCount } from '../../services/research/counts/answer.ts';
import { countRule } from '../../services/research/counts/rule.ts';
import { recodeFullDomain } from '../../services/research/engine/lattice/full.ts';
import { recodeLocally } from '../../services/research/engine/local/local.ts';
import type { Model } from '../../services/research/engine/model.ts';
import { columnOf, type Table } from '../../services/research/engine/table.ts';
import { adultFolder, readAdult } from '../../services/research/engine/testing/adult.ts';
import type { Bench, Measured } from './figures.ts';

const seven = ['sex', 'age', 'race', 'marital-status', 'education', 'native-country', 'workclass'];
const occupation = { column: 'occupation', diversity: { kind: 'distinct' as const, l: 3 } };
const kOnly: Model = { quasiIdentifiers: seven, k: 5, sensitive: { column: 'occupation' } };
const diverse: Model = { ...kOnly, sensitive: occupation };
const limits = { k: 5, l: 3 };
const trials = 40;

type Report = (measured: Measured) => void;

/**
 * Attacks on Adult, k = 5 and l = 3 of the occupation: the naive anonymiser, which knows one release only, beside ours.
 * The attacker knows everybody's quasi-identifiers and who is in which cohort.
 */
export const bench: Bench = async (report) => {
  trackedCounts(report);
  likeliestCounts(report);
  countErrors(report);
  const adult = readAdult();
  if (!adult) return console.error(`NOT RUN: ${adultFolder}`);
  oneRelease(report, adult);
  overlapping(report, adult);
  withdrawals(report, adult);
  nested(report, adult);
};

function oneRelease(report: Report, adult: Table): void {
  const everybody = Int32Array.from({ length: adult.rows }, (_, row) => row);
  const share = (releaser: Releaser) => 100 * homogeneity(releaser.release(everybody).published!);
  beside(report, 'homogeneity, people told', '%', share(forgetful(adult, kOnly)), share(ours(adult)), 0);
  const naive = downcoding(recodeLocally(adult, kOnly));
  const local = downcoding(recodeLocally(adult, diverse));
  const full = downcoding(recodeFullDomain(adult, diverse, 0.05));
  const context = { naive_wrong: 100 * naive.wrong, local_wrong: 100 * local.wrong };
  beside(report, 'downcoding, cells narrowed, local', '%', 100 * naive.right, 100 * local.right, undefined, context);
  beside(report, 'downcoding, cells narrowed, full domain', '%', 100 * naive.right, 100 * full.right, 0, context);
}

/** Two cohorts that share 5,000 people and have half of all others each. */
function overlapping(report: Report, adult: Table): void {
  const order = drawn(adult.rows, adult.rows);
  const shared = order.slice(0, 5000);
  const cohort = (half: number) => order.filter((_, index) => index < 5000 || index % 2 === half).sort();
  const run = (releaser: Releaser) => {
    const { published: first, next } = releaser.release(cohort(0));
    return composition(first!, next.release(cohort(1)).published, shared, limits.l);
  };
  const [naive, own] = [run(forgetful(adult, diverse)), run(ours(adult, 1))];
  const context = { shared_people_in_both: 100 * own.inBoth };
  beside(report, 'composition, 5,000 shared people, below l', '%', 100 * naive.below, 100 * own.below, 0, context);
}

function withdrawals(report: Report, adult: Table): void {
  const everybody = Int32Array.from({ length: adult.rows }, (_, row) => row);
  const each = Array.from(drawn(adult.rows, trials), (target) => ({ target, missing: new Set([target]) }));
  const groupOf = groupsOf(adult);
  const [naive, own] = [forgetful(adult, diverse), ours(adult)].map((by) => differencing(by, everybody, each, groupOf));
  guesses(report, 'withdrawal', naive!, own!);
}

/** The second cohort lacks everybody of the target's age, schooling and country: fewer than k people. */
function nested(report: Report, adult: Table): void {
  const cohort = Int32Array.from({ length: adult.rows }, (_, row) => row).filter((row) => row % 2 === 0);
  const columns = ['age', 'education', 'native-country'].map((name) => columnOf(adult, name).codes);
  const alike = Map.groupBy(cohort, (row) => columns.map((codes) => codes[row]).join());
  const small = [...alike.values()].filter((rows) => rows.length < limits.k);
  const each = Array.from(drawn(small.length, trials), (index) => small[index]!).map((rows) => ({
    target: rows[0]!,
    missing: new Set(rows),
  }));
  const groupOf = groupsOf(adult);
  const [naive, own] = [forgetful(adult, diverse), ours(adult)].map((by) => differencing(by, cohort, each, groupOf));
  guesses(report, 'nested cohorts', naive!, own!);
}

function guesses(report: Report, attack: string, naive: Guesses, own: Guesses): void {
  const points = ({ one, both }: Guesses) => 100 * (both - one);
  const context = {
    one_release_guess: 100 * own.one,
    naive_guess: 100 * naive.both,
    second_releases: 100 * own.released,
  };
  beside(report, `${attack}, above the one-release guess`, 'points', points(naive), points(own), 2, context);
}

const budget = 4;
const rule = countRule(budget);

/** Half of the targets meet the condition; each is tracked in a deployment of its own. */
function trackedCounts(report: Report): void {
  for (const [name, guess] of Object.entries(trackers)) {
    const sharp = name === 'edge of the floor' ? 11 : 0;
    const naive = advantage(guess, () => roundingCounter(sharp), { budget, floor: sharp, trials: 200 });
    const floor = rule.change / 2;
    const trials = 4000;
    const own = advantage(guess, (trial) => perturbingCounter(keyOf(trial), rule), { budget, floor, trials });
    const context = { questions: budget, sampling_error: 50 / Math.sqrt(trials) };
    beside(report, `counts, ${name}, above guessing`, 'points', naive, own, undefined, context);
  }
}

/** Whoever makes the best of all answers, by how the known people of their questions differ: the worst that was found. */
function likeliestCounts(report: Report): void {
  const random = seededRandom(1).next;
  const worst = (studies: number) =>
    Math.max(...layouts.map((layout) => bestGuess(Array(studies).fill(layout), rule, random, 40_000)));
  const figure = 'counts, the best guess there is, above guessing';
  const context = { questions: budget, over_two_studies: worst(2), over_four_studies: worst(4) };
  report({ figure, value: worst(1), unit: 'points', goal: { atMost: 2 }, context });
}

/** Some questions about known people, the others also about the target; each of the ones so far from each of the others. */
const layouts: Layout[] = [0, 1, 2].flatMap((controls) =>
  [1, 11, 24, 48, 60, 72, 84, 95, 192].map((near) => {
    const tracks = Array.from({ length: budget }, (_, index) => index >= controls);
    return { tracks, distance: (one, other) => (tracks[one] === tracks[other] ? 192 : near) };
  }),
);

/** What the noise costs those who ask honestly, of cohorts that nobody has asked for before. */
function countErrors(report: Report): void {
  for (const size of [20, 100, 1000]) {
    const answers = Array.from({ length: 1000 }, (_, set) =>
      answerCount(
        keyOf(set),
        Array.from({ length: size }, (_, person) => `${person}`),
        rule,
        [],
      ),
    );
    const told = answers.flatMap((answer) => ('count' in answer ? [Math.abs(answer.count - size)] : []));
    const value = told.reduce((sum, error) => sum + error, 0) / told.length;
    report({
      figure: `counts, mean error of ${size} people`,
      value,
      unit: 'people',
      context: { told: told.length / 1000 },
    });
  }
}

function keyOf(trial: number): Uint8Array {
  const key = Buffer.alloc(32);
  key.writeUInt32BE(trial);
  return key;
}

/** @param mostWithheld share of a cohort that may be left out for the sake of earlier releases */
const ours = (adult: Table, mostWithheld = 0.05) => remembering(adult, diverse, { ...limits, mostWithheld });

function groupsOf(table: Table): (person: number) => number {
  const { codes } = columnOf(table, 'occupation');
  return (person) => codes[person]!;
}

/** Some of the numbers below `of`, the same in every run. */
function drawn(of: number, count: number): Int32Array {
  const numbers = Int32Array.from({ length: of }, (_, number) => number);
  let state = 1;
  for (let last = of - 1; last > 0; last--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const at = state % (last + 1);
    [numbers[last], numbers[at]] = [numbers[at]!, numbers[last]!];
  }
  return numbers.slice(0, count);
}

function beside(
  report: Report,
  attack: string,
  unit: string,
  naive: number,
  own: number,
  atMost?: number,
  context: Record<string, number> = {},
): void {
  const figure = `${attack} (naive ${naive.toFixed(1)})`;
  report({ figure, value: own, unit, ...(atMost !== undefined && { goal: { atMost } }), context });
}
