import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attempts } from './attempts.ts';

function setting() {
  let time = 1_000_000;
  const limit = attempts({ now: () => time });
  const tries = (count: number, login = 'ada', address = '10.0.0.1') =>
    Array.from({ length: count }, () => limit.begin(login, address));
  const pass = (milliseconds: number) => {
    time += milliseconds;
  };
  return { limit, tries, pass };
}

test('five failures of a login are free, then each doubles the wait, up to a quarter of an hour', () => {
  const { limit, tries, pass } = setting();
  assert.deepEqual(tries(6), [0, 0, 0, 0, 0, 1000]);
  pass(1000);
  assert.deepEqual(tries(2), [0, 2000]);
  for (let wait = 2000; wait < 900_000; wait *= 2) {
    pass(wait);
    assert.equal(tries(1)[0], 0);
  }
  assert.equal(limit.begin('ada', '10.0.0.2'), 900_000);
});

test('asking while one must wait prolongs nothing', () => {
  const { tries, pass } = setting();
  tries(5);
  pass(400);
  assert.deepEqual(tries(3), [600, 600, 600]);
});

test('a success forgets the failures of a login; so does an hour', () => {
  const { limit, tries, pass } = setting();
  tries(5);
  limit.succeeded('ada', '10.0.0.1');
  assert.deepEqual(tries(5), [0, 0, 0, 0, 0]);
  pass(60 * 60_000);
  assert.deepEqual(tries(5), [0, 0, 0, 0, 0]);
});

test('an address that tries many logins waits too, and one success does not wash it clean', () => {
  const { limit, pass } = setting();
  for (let index = 0; index < 30; index++) assert.equal(limit.begin(`login-${index}`, '10.0.0.1'), 0);
  assert.equal(limit.begin('login-x', '10.0.0.1'), 1000);
  assert.equal(limit.begin('login-x', '10.0.0.2'), 0);
  pass(1000);
  assert.equal(limit.begin('own', '10.0.0.1'), 0);
  limit.succeeded('own', '10.0.0.1');
  assert.equal(limit.begin('login-y', '10.0.0.1') > 0, true);
});

test('it remembers a bounded number: the oldest are forgotten first', () => {
  const { limit } = setting();
  for (let index = 0; index < 5; index++) limit.begin('old', `a${index}`);
  assert.ok(limit.begin('old', 'b') > 0);
  for (let index = 0; index < 10_000; index++) limit.begin(`new-${index}`, `c${index}`);
  assert.equal(limit.begin('old', 'b'), 0);
});
