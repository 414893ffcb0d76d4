import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineNames } from './engines.ts';
import { kit } from './kit.ts';

/**
 * Runs the tests of the engines' adapters on engines of its own, in a temporary folder; with arguments only those whose
 * path contains one. An engine that does not start is a failure.
 */
const wanted = process.argv.slice(2);
const files = globSync(`{kernel,deploy,services,test}/**/*{${engineNames.join(',')}}*.test.ts`)
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
const needed = engineNames.filter((name) => files.some((file) => file.includes(name)));
const folder = mkdtempSync(join(tmpdir(), 'healthchain-engines-'));
const engines = kit(folder);

try {
  const env = { ...process.env, ENGINE_FAULTS: '1' };
  for (const name of needed) {
    const started = performance.now();
    Object.assign(env, (await engines.up(name, console.error)).variables);
    console.error(`${name} serves after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  // one file after the other: tests that kill engines of their own want the machine for themselves
  const args = ['--test', '--test-concurrency=1', ...files];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await Promise.all(needed.map((name) => engines.down(name, true)));
  rmSync(folder, { recursive: true, force: true });
}
