import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { type Study, type StudyCommand, type StudyEvent, study } from './study.ts';

const registered: StudyEvent = {
  type: 'StudyRegistered',
  title: 'Blood pressure at home',
  purpose: 'HRESCH',
  organization: 'northgate',
  investigator: 'hale',
  at: 1000,
};
const state = (...events: StudyEvent[]): Study => events.reduce(study.evolve, study.initial);
const register = (change: object = {}): StudyCommand => ({ ...registered, ...change, type: 'register' });
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

test('given nothing, when an investigator registers a study, then it is registered', () => {
  assert.deepEqual(study.decide(register({ title: '  Blood pressure at home ' }), state()), [registered]);
});

test('a study without a title or with a purpose that is not research is refused', () => {
  assert.throws(() => study.decide(register({ title: ' ' }), state()), refused('required'));
  assert.throws(() => study.decide(register({ purpose: 'TREAT' }), state()), refused('value'));
});

test('given a study, when it is registered again, then it is a duplicate', () => {
  assert.throws(() => study.decide(register(), state(registered)), refused('duplicate'));
});

test('a study is closed once, by its own organisation', () => {
  const close = { type: 'close', by: 'hale', organization: 'northgate', at: 2000 } as const;
  const closed: StudyEvent = { type: 'StudyClosed', by: 'hale', at: 2000 };
  assert.deepEqual(study.decide(close, state(registered)), [closed]);
  assert.deepEqual(study.decide(close, state(registered, closed)), []);
  assert.throws(() => study.decide({ ...close, organization: 'harbour' }, state(registered)), refused('forbidden'));
  assert.throws(() => study.decide(close, state()), refused('not-found'));
  assert.equal(state(registered, closed).status, 'closed');
});
