import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { demoSecrets, found } from './secrets.ts';

test('what is there is found, wherever it stands, and nothing else', () => {
  const word = fc.stringMatching(/^[abå]{4,8}$/);
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 5 }), fc.array(word), (secrets, text) => {
      const bytes = Buffer.from(text.join(''));
      const expected = secrets.filter((secret) => bytes.includes(secret));
      assert.deepEqual(found(secrets, bytes).toSorted(), expected.toSorted());
    }),
  );
});

test('there is much to look for', () => {
  assert.ok(demoSecrets().length > 300);
});
