import { composition, differencing, type Guesses, homogeneity } from '../../services/research/attacks/attacks.ts';
import { downcoding } from '../../services/research/attacks/downcoding.ts';
import { forgetful, type Releaser, remembering } from '../../services/research/attacks/releaser.ts';
import { type Counter, cellKeyCounter, roundingCounter, tracks } from '../../services/research/attacks/tracker.ts';
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
  const adult = readAdult();
  if (!adult) return console.error(`NOT RUN: ${adultFolder}`);
  oneRelease(report, adult);
  overlapping(report, adult);
  withdrawals(report, adult);
  nested(report, adult);
  trackers(report);
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

/** Everybody in turn is tracked, half of whom meet the condition. */
function trackers(report: Report): void {
  const known = Array.from({ length: 30 }, (_, index) => `known${index}`);
  const rightly = (counter: () => Counter) => {
    const right = Array.from({ length: 200 }, (_, index) =>
      tracks(counter(), index % 2 === 0, `t${index}`, known),
    ).filter((told, index) => told === (index % 2 === 0));
    return 100 * (right.length / 200) - 50;
  };
  const naive = rightly(() => roundingCounter);
  const own = rightly(() => cellKeyCounter(new Uint8Array(32).fill(7)));
  beside(report, 'tracker on counts, above guessing', 'points', naive, own, 0);
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
