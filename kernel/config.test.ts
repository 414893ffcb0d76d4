import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configHelp, readConfig } from './config.ts';

const section = {
  PORT: { type: 'port', default: 8080, doc: 'where to listen' },
  LIMIT: { type: 'integer', default: 5, doc: 'how many' },
  NAME: { type: 'string', default: '', doc: 'what to be called' },
  STRICT: { type: 'flag', default: false, doc: 'whether to be strict' },
} as const;

test('what is unset or empty has its default; the result is frozen', () => {
  const config = readConfig({ PORT: '' }, section);
  assert.deepEqual(config, { PORT: 8080, LIMIT: 5, NAME: '', STRICT: false });
  assert.ok(Object.isFrozen(config));
});

test('what is set is read as its type', () => {
  const env = { PORT: '0', LIMIT: '12', NAME: '7', STRICT: 'TRUE', OTHER: 'x' };
  assert.deepEqual(readConfig(env, section), { PORT: 0, LIMIT: 12, NAME: '7', STRICT: true });
  assert.equal(readConfig({ STRICT: '0' }, section).STRICT, false);
});

test('everything that is not well-formed is told at once', () => {
  const env = { PORT: '70000', LIMIT: '-1', STRICT: 'perhaps' };
  assert.throws(
    () => readConfig(env, section),
    (error: { code: string; issues: unknown[]; message: string }) => {
      assert.deepEqual([error.code, error.issues.length], ['invalid', 3]);
      assert.match(error.message, /PORT: "70000" is not a port; LIMIT.*; STRICT/);
      return true;
    },
  );
  for (const LIMIT of ['1.5', '1e3', ' 1', '99999999999999999999']) assert.throws(() => readConfig({ LIMIT }, section));
});

test('the help names every variable with its meaning and default', () => {
  const lines = configHelp([section, { MORE: { type: 'string', default: 'x', doc: 'more' } }]).split('\n');
  assert.equal(lines.length, 5);
  assert.match(lines[0]!, /^ {2}PORT +where to listen \(default 8080\)$/);
  assert.match(lines[2]!, /what to be called$/);
});
