import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { type Build, type BuildCommand, build } from './build.ts';

const run = (...commands: BuildCommand[]): Build =>
  commands.reduce((state, command) => build.decide(command, state).reduce(build.evolve, state), build.initial);
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

const start: BuildCommand = { type: 'start', study: 's', by: 'hale', at: 1 };
const claim = (runner = 'a'): BuildCommand => ({ type: 'claim', runner, at: 2 });
const progress = (runner = 'a'): BuildCommand => ({ type: 'progress', runner, step: 'extraction', at: 3 });
const register: BuildCommand = { type: 'register', runner: 'a', release: 'r', at: 4 };
const seal: BuildCommand = { type: 'seal', runner: 'a', at: 5 };
const cancel: BuildCommand = { type: 'cancel', by: 'gray', at: 6 };
const fail = (discarded = false): BuildCommand => ({
  ...{ type: 'fail', runner: 'a', code: 'unavailable', reason: 'Consent is down.', discarded, at: 7 },
});

test('given an approved request, when it is built, then it is sealed', () => {
  const sealed = run(start, claim(), progress(), register, seal);
  assert.deepEqual(sealed, {
    ...{ status: 'sealed', study: 's', by: 'hale', startedAt: 1, step: 'extraction', release: 'r', sealedAt: 5 },
  });
});

test('the same command twice is the same job', () => {
  for (const state of [run(start), run(start, claim()), run(start, claim(), register, seal)])
    assert.deepEqual(build.decide(start, state), []);
  assert.deepEqual(build.decide(cancel, run(start, cancel)), []);
});

test('whoever was overtaken has no say any more', () => {
  const overtaken = run(start, claim('a'), progress('a'), claim('b'));
  for (const command of [progress('a'), register, seal, fail()])
    assert.throws(() => build.decide(command, overtaken), refused('conflict'));
  assert.equal(build.decide(progress('b'), overtaken).length, 1);
});

test('what was cancelled, failed or put back goes on, from the registry where it came so far', () => {
  for (const end of [cancel, fail(), { type: 'yield', runner: 'a', at: 8 } as const]) {
    const again = run(start, claim(), progress(), register, end, start, claim('b'));
    assert.ok(again.status === 'running' && again.release === 'r' && again.startedAt === 1);
  }
  const anew = run(start, claim(), register, fail(true), start);
  assert.deepEqual([anew.status, anew.status === 'queued' && anew.release], ['queued', undefined]);
});

test('what was kept of a release that was never registered is known to the next attempt, and no longer after', () => {
  const keeping: BuildCommand = { type: 'progress', runner: 'a', step: 'package', draft: 'd', at: 3 };
  const draftOf = (state: Build) => state.status !== 'none' && state.draft;
  assert.equal(draftOf(run(start, claim(), keeping, claim('b'))), 'd');
  assert.equal(draftOf(run(start, claim(), keeping, fail(), start)), 'd');
  assert.equal(draftOf(run(start, claim(), keeping, register)), undefined);
});

test('a cancelled build is worked on no more; a sealed one cannot be cancelled', () => {
  assert.throws(() => build.decide(progress(), run(start, claim(), cancel)), /was cancelled/);
  assert.throws(() => build.decide(claim(), run(start, cancel)), refused('conflict'));
  assert.throws(() => build.decide(cancel, run(start, claim(), register, seal)), refused('business-rule'));
  assert.throws(() => build.decide(seal, run(start, claim())), refused('business-rule'));
  assert.throws(() => build.decide(cancel, build.initial), refused('not-found'));
});
