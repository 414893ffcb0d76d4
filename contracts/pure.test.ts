import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const sources = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && !/test(ing)?\.ts$/.test(name),
);
const forbidden =
  /\bnode:|\bDate\b|Math\.random|\bcrypto\b|\bprocess\b|\bperformance\b|\bBuffer\b|\bfetch\b|\bset(Timeout|Interval|Immediate)\b/;

// Endorsers that come to different answers endorse nothing: no clock, no chance, no I/O, no Node in a contract.
test('contracts use nothing that could differ between two endorsers', () => {
  assert.ok(sources.includes('audit.ts'));
  for (const name of sources) {
    const code = readFileSync(`${import.meta.dirname}/${name}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    assert.equal(forbidden.exec(code)?.[0], undefined, name);
  }
});
