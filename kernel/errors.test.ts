import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asFailure, Failure, failures, WrongVersion } from './errors.ts';

test('an error of the inside keeps its text inside', () => {
  const inner = new Error('Ada Example');
  const failure = asFailure(inner);
  assert.equal(failure.code, 'exception');
  assert.equal(failure.cause, inner);
  assert.ok(!JSON.stringify(failure).includes('Ada') && !failure.message.includes('Ada'));
  for (const odd of [undefined, null, 'text', 7]) assert.equal(asFailure(odd).code, 'exception');
});

test('a failure stays as it is', () => {
  const failure = new Failure('value', 'No such code.', { expression: ['Observation.status'] });
  assert.equal(asFailure(failure), failure);
  const issue = { code: 'value', diagnostics: 'No such code.', expression: ['Observation.status'] };
  assert.deepEqual(failure.issues, [issue]);
});

test('a lost race is a conflict that does not name the stream', () => {
  const lost = new WrongVersion('patient/p1', 3);
  assert.equal(asFailure(lost).code, 'conflict');
  assert.ok(!lost.message.includes('p1'));
});

test('every code has an HTTP error status and a gRPC status', () => {
  for (const [code, [http, grpc]] of Object.entries(failures)) {
    assert.ok(http >= 400 && http < 600, code);
    assert.ok(grpc > 0 && grpc <= 16, code);
  }
});
