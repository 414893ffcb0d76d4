import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { type Study, type StudyCommand, type StudyEvent, study } from './study.ts';

const hale = { subject: 'hale', role: 'researcher', organization: 'northgate' };
const reed = { ...hale, subject: 'reed' };
const steward = { subject: 'gray', role: 'privacy-officer', organization: 'harbour' };
const at = 2000;

const registered: StudyEvent = {
  ...{ type: 'StudyRegistered', title: 'T', purpose: 'HRESCH', organization: 'northgate', investigator: 'hale', at: 1 },
  ...{ ethicsApproval: 'EC 1', dataUse: 'research' },
};
const defined: StudyEvent = {
  type: 'CohortDefined',
  definition: 1,
  criteria: {},
  extract: {},
  privacy: {},
  by: 'reed',
  at: 2,
};
const counted: StudyEvent = { type: 'FeasibilityAnswered', definition: 1, answer: { count: 40 }, by: 'reed', at: 3 };
const requested: StudyEvent = { type: 'ReleaseRequested', request: 'r-1', definition: 1, by: 'reed', at: 4 };
const approved: StudyEvent = { type: 'RequestApproved', request: 'r-1', by: 'gray', organization: 'harbour', at };

const given = (...events: StudyEvent[]): Study => events.reduce(study.evolve, study.initial);
const ready = [registered, defined, counted];
const refused = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && words.test(error.message);
const request: StudyCommand = { type: 'request', request: 'r-1', definition: 1, by: reed, at: 4 };
const approve = (by = steward): StudyCommand => ({ type: 'approve', request: 'r-1', by, at });
const reject = (by = steward): StudyCommand => ({ type: 'reject', request: 'r-1', reason: ' too wide ', by, at });

test('given a definition with an answer, when it is requested, then a steward may decide', () => {
  assert.deepEqual(study.decide(request, given(...ready)), [requested]);
  assert.deepEqual(study.decide(approve(), given(...ready, requested)), [approved]);
  const rejected = { ...approved, type: 'RequestRejected', reason: 'too wide' };
  assert.deepEqual(study.decide(reject(), given(...ready, requested)), [rejected]);
});

test('four eyes: neither the requester nor the investigator decides, in whatever role', () => {
  const state = given(...ready, requested);
  for (const subject of ['reed', 'hale'])
    for (const command of [approve, reject])
      assert.throws(() => study.decide(command({ ...steward, subject }), state), refused('forbidden', /Somebody else/));
  for (const by of [hale, { ...steward, role: 'administrator' }])
    assert.throws(() => study.decide(approve(by), state), refused('forbidden', /data steward/));
});

test('what was decided stays so; said again by the same steward it changes nothing', () => {
  const state = given(...ready, requested, approved);
  assert.deepEqual(study.decide(approve(), state), []);
  const another = { ...steward, subject: 'stone' };
  assert.throws(() => study.decide(approve(another), state), refused('business-rule', /approved already/));
  assert.throws(() => study.decide(reject(), state), refused('business-rule', /approved already/));
});

test('nothing is requested before its feasibility, or of a closed study', () => {
  const closed: StudyEvent = { type: 'StudyClosed', by: 'hale', at: 5 };
  const { dataUse: _, ...without } = registered;
  for (const [events, words] of [
    [[registered, defined], /feasibility/],
    [[without as StudyEvent, defined, counted], /without data_use/],
    [[...ready, closed], /closed/],
  ] as const)
    assert.throws(() => study.decide(request, given(...events)), refused('business-rule', words));
  assert.throws(() => study.decide(request, given(...ready, requested)), refused('duplicate', /already/));
  assert.throws(() => study.decide({ ...request, by: { ...reed, organization: 'harbour' } }, given(...ready)), Failure);
});
