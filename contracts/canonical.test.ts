import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonical } from './canonical.ts';

test('members stand in order, without spaces; those that are undefined are left out', () => {
  assert.equal(
    canonical({ b: [1, { d: null, c: 'ü"' }], a: undefined, é: 1, Z: 0 }),
    '{"Z":0,"b":[1,{"c":"ü\\"","d":null}],"é":1}',
  );
});

test('the text is the value’s own, in whatever order its members came', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, member]) => [name, shuffled(member)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(canonical(shuffled(value)), canonical(value));
      assert.deepEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});
