import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import type { ReleaseEvent } from '../domain/release.ts';
import { mayBeReplaced, overdue, owing, type Recall, type RecallCommand, recall } from './recall.ts';

const day = 86_400_000;
const epoch = 90 * day;
const run = (...commands: RecallCommand[]): Recall =>
  commands.reduce((state, command) => recall.decide(command, state).reduce(recall.evolve, state), recall.initial);
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

const about = { study: 's1', request: 'q1', definition: 1, contents: 'c'.repeat(64), files: [] };
const reading = { purpose: 'HRESCH', organization: 'northgate', researcher: 'hale' };
const published: Extract<RecallCommand, { type: 'publish' }> = {
  ...{ type: 'publish', recipients: ['hale', 'ito'], k: 3, at: 0 },
  ...{ ...about, ...reading },
};
const downloaded: Extract<RecallCommand, { type: 'download' }> = {
  ...{ type: 'download', recipient: 'hale', terms: 't', at: day },
};
const withdrew = (withdrawal: string, at = 2 * day): RecallCommand => ({
  type: 'withdraw',
  withdrawal,
  within: 14 * day,
  at,
});
const attested = (at: number, recipient = 'hale', attestation = 'aa'): RecallCommand => ({
  ...{ type: 'attest', recipient, organization: 'northgate', attestation, statement: 'It is gone.' },
  at,
});

test('given a release, when somebody withdraws, then it is recalled at once and no longer downloaded', () => {
  const state = run(published, downloaded);
  const events: ReleaseEvent[] = [
    { type: 'SubjectWithdrew', withdrawal: 'w1', at: 2 * day },
    { type: 'RecallIssued', deadline: 16 * day, at: 2 * day },
  ];
  assert.deepEqual(recall.decide(withdrew('w1'), state), events);
  assert.throws(() => run(published, withdrew('w1'), downloaded), refused('deleted'));
});

test('the same withdrawal twice is one; a second one does not move the deadline', () => {
  const state = run(published, downloaded, withdrew('w1'), withdrew('w1'), withdrew('w2', 5 * day));
  assert(state.status === 'recalled');
  assert.deepEqual([state.withdrawals, state.deadline], [['w1', 'w2'], 16 * day]);
});

test('who downloaded owes an attestation, and is overdue after the deadline', () => {
  const state = run(published, downloaded, withdrew('w1'));
  assert.deepEqual([owing(state), overdue(state, 16 * day), overdue(state, 17 * day)], [['hale'], [], ['hale']]);
  assert.deepEqual(owing(run(published, downloaded)), []);
  const [event] = recall.decide(attested(17 * day), state);
  assert(event?.type === 'DeletionAttested' && event.late);
  const after = recall.evolve(state, event);
  assert.deepEqual(owing(after), []);
  assert.deepEqual(recall.decide(attested(18 * day), after), []);
  assert.throws(() => recall.decide(attested(18 * day, 'hale', 'bb'), after), refused('conflict'));
});

test('who is overdue is told once', () => {
  const state = run(published, downloaded, withdrew('w1'));
  assert.deepEqual(recall.decide({ type: 'remind', at: 16 * day }, state), []);
  const told = recall.decide({ type: 'remind', at: 17 * day }, state);
  assert.deepEqual(told, [{ type: 'DeletionOverdue', recipient: 'hale', at: 17 * day }]);
  assert.deepEqual(recall.decide({ type: 'remind', at: 18 * day }, told.reduce(recall.evolve, state)), []);
  assert.deepEqual(recall.decide({ type: 'remind', at: 18 * day }, run(published, downloaded)), []);
});

test('a closed release is no longer downloaded, and recalled all the same', () => {
  const close: RecallCommand = { type: 'close', by: 'gray', at: 2 * day };
  const closed = run(published, downloaded, close);
  assert.throws(() => recall.decide(downloaded, closed), refused('deleted'));
  assert.deepEqual(recall.decide({ ...close, at: 3 * day }, closed), []);
  assert.deepEqual(owing(run(published, downloaded, close, withdrew('w1'))), ['hale']);
});

test('a replacement waits for k withdrawals or for the end of the epoch', () => {
  const one = run(published, withdrew('w1'));
  const three = run(published, withdrew('w1'), withdrew('w2'), withdrew('w3'));
  assert.deepEqual(
    [mayBeReplaced(one, epoch, 89 * day), mayBeReplaced(one, epoch, 90 * day), mayBeReplaced(three, epoch, 3 * day)],
    [false, true, true],
  );
  const replace = { type: 'replace', replacement: 'r2', at: 3 * day, epoch } as const;
  assert.throws(() => recall.decide(replace, one), refused('business-rule'));
  const replaced = recall.decide(replace, three).reduce(recall.evolve, three);
  assert(replaced.status === 'replaced' && replaced.replacement === 'r2');
  assert.deepEqual(recall.decide(replace, replaced), []);
});

test('strangers are refused, and so is what comes before its time', () => {
  assert.throws(() => run({ ...published, recipients: [] }), refused('required'));
  assert.throws(() => run(published, published), refused('duplicate'));
  assert.throws(() => run(downloaded), refused('not-found'));
  assert.throws(() => run(published, { ...downloaded, recipient: 'eve' }), refused('forbidden'));
  assert.throws(() => run(published, attested(day)), refused('business-rule'));
});
