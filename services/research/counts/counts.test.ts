import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../kernel/errors.ts';
import { type Answered, answerCount, type CountAnswer } from './answer.ts';
import { spendQuestion } from './budget.ts';
import { countRule } from './rule.ts';
import { standing } from './standing.ts';

const key = new Uint8Array(32).fill(7);
const rule = countRule(4);
const people = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `p${from + index}`);
const told = (who: readonly string[], earlier: readonly Answered[] = []): CountAnswer =>
  answerCount(key, who, rule, earlier);
const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

/** Answers to many sets of so many people, each of them the first question. */
const first = (size: number, sets: number) =>
  Array.from({ length: sets }, (_, index) => told(people(size, index * size)));
const numbersOf = (answers: readonly CountAnswer[]) => answers.flatMap((each) => ('count' in each ? [each.count] : []));

/** Asks one set after the other and remembers all. */
function asking(sets: readonly (readonly string[])[]): Answered[] {
  const earlier: Answered[] = [];
  for (const set of sets) earlier.push({ people: new Set(set), answer: told(set, earlier) });
  return earlier;
}

const someone = fc.integer({ min: 0, max: 60 }).map((number) => `p${number}`);
const sets = fc.array(fc.array(someone, { maxLength: 60 }), { maxLength: 12 });

test('the same people give the same answer, however they are named and whatever is asked in between', () => {
  fc.assert(
    fc.property(sets, (asked) => {
      const earlier = asking(asked);
      for (const [index, set] of asked.entries())
        assert.deepEqual(told([...set, ...set].reverse(), earlier), earlier[index]!.answer);
    }),
  );
});

test('what is told is a multiple of 5, or that it is too few', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 1e6 }), (size, from) => {
      const answer = told(people(size, from));
      if ('fewerThan' in answer) assert.equal(answer.fewerThan, rule.suppressedBelow);
      else assert(answer.count % 5 === 0 && answer.count >= rule.suppressedBelow);
    }),
  );
});

test('few people are suppressed, and look like none', () => {
  for (const size of [0, 1, 7]) assert(numbersOf(first(size, 1000)).length < 40, String(size));
});

test('the noise is centred and as wide as the rule says; the truth is within the margin 19 times of 20', () => {
  const errors = numbersOf(first(300, 4000)).map((count) => count - 300);
  assert.equal(errors.length, 4000);
  assert(Math.abs(mean(errors)) < 1.5, String(mean(errors)));
  const deviation = Math.sqrt(mean(errors.map((error) => error ** 2)));
  assert(Math.abs(deviation / rule.deviation - 1) < 0.05, String(deviation));
  const within = errors.filter((error) => Math.abs(error) <= rule.margin).length;
  assert(within > 0.94 * 4000, String(within));
});

test('another key gives other noise', () => {
  const other = new Uint8Array(32).fill(8);
  const differs = Array.from({ length: 100 }, (_, index) => people(152, index * 152)).filter(
    (who) => JSON.stringify(answerCount(other, who, rule, [])) !== JSON.stringify(told(who)),
  );
  assert(differs.length > 70);
});

test('an answer hardly ever changes with few people, and is another one where the floor is passed', () => {
  const changed = (by: number) =>
    Array.from({ length: 500 }, (_, index) => people(200, index * 400)).filter((before, index) => {
      const earlier = asking([before]);
      return told([...before, ...people(by, index * 400 + 200)], earlier) !== earlier[0]!.answer;
    }).length;
  assert(changed(1) <= 2);
  assert(changed(10) < 40);
  assert(changed(rule.change / 2) > 150 && changed(rule.change / 2) < 350);
  assert.equal(changed(rule.change), 500);
});

test('one person more or less turns what stands by the same angle at every distance: there is no edge', () => {
  const angle = (distance: number) => Math.acos(Math.sqrt(standing([distance], rule.change)[0]!));
  for (let distance = 0; distance < rule.change; distance++)
    assert(Math.abs(angle(distance + 1) - angle(distance) - Math.PI / (2 * rule.change)) < 1e-6);
});

test('what stands of several is at most one; the same people stand whole', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 8 }), (distances) => {
      const shares = standing(distances, rule.change);
      const all = shares.reduce((sum, share) => sum + share, 0);
      assert(shares.every((share) => share >= 0) && all <= 1 + 1e-12);
      if (distances.includes(0)) assert.equal(shares[distances.indexOf(0)], 1);
    }),
  );
});

test('budgets are spent by every question and fill up as time passes', () => {
  const budget = { questions: 2, each: 3, window: 1000 };
  const asked = (...study: number[]) => ({ study, researcher: study });
  assert.deepEqual(spendQuestion(asked(), budget, 0), { left: 1 });
  assert.deepEqual(spendQuestion(asked(0), budget, 500), { left: 0 });
  assert.throws(
    () => spendQuestion(asked(500, 0), budget, 999),
    (error) =>
      error instanceof Failure && error.code === 'throttled' && /1970-01-01T00:00:01\.000Z/.test(error.message),
  );
  assert.deepEqual(spendQuestion(asked(0, 500), budget, 1000), { left: 0 });
  assert.throws(() => spendQuestion(asked(), { ...budget, questions: 0 }, 0), Failure);
  const elsewhere = { study: [], researcher: [1, 2, 3] };
  assert.throws(() => spendQuestion(elsewhere, budget, 4), /all your studies together/);
  assert.deepEqual(spendQuestion({ study: [], researcher: [1, 2] }, budget, 4), { left: 0 });
});
