import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../kernel/errors.ts';
import { type Answered, answerCount, type CountAnswer, leastChange, suppressedBelow } from './answer.ts';
import { spendQuestion } from './budget.ts';

const key = new Uint8Array(32).fill(7);
const people = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `p${from + index}`);
const told = (who: readonly string[], earlier: readonly Answered[] = []): CountAnswer =>
  answerCount(key, who, earlier).answer;

/** Asks one set after the other, remembering what must be remembered. */
function asking(sets: readonly (readonly string[])[]): { answers: CountAnswer[]; earlier: Answered[] } {
  const earlier: Answered[] = [];
  const answers = sets.map((set) => {
    const { answer, fresh } = answerCount(key, set, earlier);
    if (fresh) earlier.push(fresh);
    return answer;
  });
  return { answers, earlier };
}

const someone = fc.integer({ min: 0, max: 60 }).map((number) => `p${number}`);
const sets = fc.array(fc.array(someone, { maxLength: 60 }), { maxLength: 12 });

test('the same people give the same answer, however they are named', () => {
  fc.assert(
    fc.property(fc.array(someone, { maxLength: 60 }), (who) => {
      assert.deepEqual(told([...who, ...who].reverse()), told(who));
    }),
  );
});

test('no answer is a number that was counted: few are not told, the rest are multiples of 5 near the truth', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 1e6 }), (size, from) => {
      const answer = told(people(size, from));
      if ('fewerThan' in answer) return void assert(answer.fewerThan === suppressedBelow && size < suppressedBelow + 4);
      assert(answer.count % 5 === 0 && answer.count >= 10 && Math.abs(answer.count - size) <= 4 + 2.5);
      assert(size >= suppressedBelow);
    }),
  );
});

test('nobody and somebody cannot be told apart', () => {
  for (let size = 1; size < suppressedBelow; size++) assert.deepEqual(told(people(size)), told([]));
});

test('the noise is centred: over many sets it adds up to little', () => {
  const errors = Array.from({ length: 2000 }, (_, index) => {
    const answer = told(people(100, index * 100));
    return 'count' in answer ? answer.count - 100 : Number.NaN;
  });
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  assert(Math.abs(mean) < 0.25, String(mean));
  assert(new Set(errors).size > 1);
});

test('another key gives other noise', () => {
  const other = new Uint8Array(32).fill(8);
  const differs = Array.from({ length: 100 }, (_, index) => people(52, index * 52)).filter(
    (who) => JSON.stringify(answerCount(other, who, []).answer) !== JSON.stringify(told(who)),
  );
  assert(differs.length > 20);
});

test('a tracker learns nothing: with and without one person, the answer is the same', () => {
  fc.assert(
    fc.property(fc.uniqueArray(someone, { minLength: 1, maxLength: 60 }), (who) => {
      const { answers } = asking([who, who.slice(1)]);
      assert.deepEqual(answers[0], answers[1]);
    }),
  );
});

test('sets with answers of their own differ by at least so many people, and an answer once given stays', () => {
  fc.assert(
    fc.property(sets, (asked) => {
      const { answers, earlier } = asking(asked);
      const distance = ({ people: a }: Answered, { people: b }: Answered) =>
        [...a, ...b].filter((each) => a.has(each) !== b.has(each)).length;
      for (const [index, set] of earlier.entries())
        for (const before of earlier.slice(0, index)) assert(distance(set, before) >= leastChange);
      for (const [index, set] of asked.entries())
        assert.deepEqual(answerCount(key, set, earlier), { answer: answers[index] });
    }),
  );
});

test('a budget is spent by every question and fills up as time passes', () => {
  const budget = { questions: 2, window: 1000 };
  assert.deepEqual(spendQuestion([], budget, 0), { left: 1 });
  assert.deepEqual(spendQuestion([0], budget, 500), { left: 0 });
  assert.throws(
    () => spendQuestion([500, 0], budget, 999),
    (error) =>
      error instanceof Failure && error.code === 'throttled' && /1970-01-01T00:00:01\.000Z/.test(error.message),
  );
  assert.deepEqual(spendQuestion([0, 500], budget, 1000), { left: 0 });
  assert.throws(() => spendQuestion([], { questions: 0, window: 1000 }, 0), Failure);
});
