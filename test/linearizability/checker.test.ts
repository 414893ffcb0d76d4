import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { numRuns } from '../../contracts/rules/testing/given.ts';
import { type Model, type Operation, unexplained } from './checker.ts';
import { consentModel, type Input, type Output } from './consentModel.ts';

const at = (called: number, returned: number, input: Input, output: Output): Operation<Input, Output> => ({
  ...{ called, returned, input, output },
});
const grant = { kind: 'grant', organization: 'west', deny: false } as const;
const revoke = { kind: 'revoke', consent: 'c1' } as const;
const check = { kind: 'check', organization: 'west', emergency: false } as const;
const permitted: Output = { id: 'c1', permit: true };
const denied: Output = { id: '', permit: false };
const holds = (...history: Operation<Input, Output>[]) => unexplained(consentModel, history) === undefined;

test('one after the other, each answer is the state’s', () => {
  const granted = at(0, 1, grant, { id: 'c1' });
  assert.ok(holds(granted, at(2, 3, check, permitted), at(4, 5, revoke, { id: 'c1' }), at(6, 7, check, denied)));
  assert.ok(!holds(granted, at(2, 3, check, denied)));
});

test('a stale permit after an acknowledged revocation is found', () => {
  const before = [at(0, 1, grant, { id: 'c1' }), at(2, 4, revoke, { id: 'c1' })];
  assert.ok(holds(...before, at(3, 6, check, permitted)));
  const stale = at(5, 6, check, permitted);
  assert.equal(unexplained(consentModel, [...before, stale]), stale);
});

test('what one reader has seen undone no later reader sees again', () => {
  const before = [at(0, 1, grant, { id: 'c1' }), at(2, 9, revoke, { id: 'c1' })];
  assert.ok(holds(...before, at(3, 4, check, permitted), at(5, 6, check, denied)));
  assert.ok(!holds(...before, at(3, 4, check, denied), at(5, 6, check, permitted)));
});

test('an emergency opens what is denied until it ends, and declared twice is one', () => {
  const asked = { ...check, emergency: true };
  const declared = [at(0, 1, { kind: 'declare' }, { id: 'd1' }), at(2, 3, { kind: 'declare' }, { id: 'd1' })];
  const ended = at(6, 7, { kind: 'end', declaration: 'd1' }, { id: 'd1' });
  assert.ok(holds(...declared, at(4, 5, asked, { id: '', permit: true }), ended, at(8, 9, asked, denied)));
  assert.ok(!holds(...declared, ended, at(8, 9, asked, { id: '', permit: true })));
  assert.ok(!holds(...declared, at(4, 5, { kind: 'declare' }, { id: 'd2' })));
});

type Register = { write: number } | { read: true };
const register: Model<number, Register, number> = {
  initial: 0,
  keyOf: String,
  step: (state, input, output) => ('write' in input ? input.write : output === state ? state : undefined),
};
const operation = fc
  .record({
    input: fc.oneof(fc.record({ write: fc.nat(2) }), fc.constant<Register>({ read: true })),
    output: fc.nat(2),
    called: fc.nat(8),
    length: fc.nat(4),
  })
  .map(({ length, ...rest }) => ({ ...rest, returned: rest.called + length }));

/** The definition itself: tries every order. */
function someOrder(history: Operation<Register, number>[], state = register.initial): boolean {
  if (history.length === 0) return true;
  return history.some((first, index) => {
    const rest = history.filter((_, other) => other !== index);
    if (rest.some(({ returned }) => returned < first.called)) return false;
    const next = register.step(state, first.input, first.output);
    return next !== undefined && someOrder(rest, next);
  });
}

test('the verdict is that of trying every order', () => {
  const both = { true: 0, false: 0 };
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 6 }), (history) => {
      const expected = someOrder(history);
      both[`${expected}`] += 1;
      assert.equal(unexplained(register, history) === undefined, expected);
    }),
    { numRuns },
  );
  assert.ok(both.true > 0 && both.false > 0);
});
