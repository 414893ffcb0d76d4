import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomIds } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { passwords } from './passwords.ts';

const secrets = passwords(randomIds);
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

test('a password is verified by its own hash, however its letters are composed, and by no other', async () => {
  const stored = await secrets.hash('correct horse Jos\u00e9', { demo: true });
  assert.equal(await secrets.verify('correct horse Jose\u0301', stored), true);
  assert.equal(await secrets.verify('correct horse Jose', stored), false);
  assert.equal(await secrets.verify('', stored), false);
  const again = await secrets.hash('correct horse Jos\u00e9', { demo: true });
  assert.notEqual(again.hash, stored.hash);
  assert.equal(await secrets.verify('correct horse Jos\u00e9', { ...stored, salt: again.salt }), false);
});

test("a person's hash costs what OWASP asks for; a demo account's does not", async () => {
  const { N, r, p } = await secrets.hash('correct horse battery', { demo: false });
  assert.deepEqual({ N, r, p }, { N: 2 ** 15, r: 8, p: 3 });
  assert.ok((await secrets.hash('correct horse battery', { demo: true })).N < N);
});

test('nobody verifies nothing, at the price of a real hash', async () => {
  assert.equal(await secrets.verify('anything', undefined), false);
});

test('short, long and missing passwords are refused', async () => {
  await assert.rejects(secrets.hash('', { demo: true }), refused('required'));
  await assert.rejects(secrets.hash('eleven char', { demo: true }), refused('value'));
  await assert.rejects(secrets.hash('x'.repeat(257), { demo: true }), refused('value'));
});

test('too many at once are turned away, not queued without end', async () => {
  const stored = await secrets.hash('correct horse battery', { demo: true });
  const tries = Array.from({ length: 80 }, () => secrets.verify('wrong password', stored));
  const settled = await Promise.allSettled(tries);
  const turnedAway = settled.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  assert.equal(turnedAway.length, 16);
  for (const { reason } of turnedAway) assert.ok(refused('throttled')(reason));
  assert.equal(await secrets.verify('correct horse battery', stored), true);
});
