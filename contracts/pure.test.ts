import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Programs that build, pack and serve the contracts; no endorser's answer is theirs. */
const host = /^fabric\/(build|pack|package|server)\.ts$/;
const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !/test(ing)?\.ts$|testing\/|node_modules\//.test(name) && !host.test(name),
);
/** Calendar arithmetic: the same everywhere, since it knows neither the time nor the zone of the machine. */
const calendar = /\bDate\.UTC\(|\bnew Date\(Date\.UTC\([^()]*\)\)\.getUTCDate\(\)/g;
const forbidden =
  /\bnode:|\bDate\b|Math\.random|\bcrypto\b|\bprocess\b|\bperformance\b|\bBuffer\b|\bfetch\b|\bIntl\b|[tT]oLocale|localeCompare|\bset(Timeout|Interval|Immediate)\b/;

// Endorsers that come to different answers endorse nothing: no clock, no chance, no I/O, no Node in a contract.
test('contracts use nothing that could differ between two endorsers', () => {
  assert.ok(sources.includes('audit.ts') && sources.includes('rules/walk.ts'));
  for (const name of sources) {
    const code = readFileSync(`${import.meta.dirname}/${name}`, 'utf8')
      .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      .replace(calendar, '')
      .replaceAll('Buffer.from', name.startsWith('fabric/') ? '' : 'Buffer.from'); // bytes for the shim: UTF-8 anywhere
    assert.equal(forbidden.exec(code)?.[0], undefined, name);
  }
});
