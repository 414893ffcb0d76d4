import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/launch.ts';
import { engineNames } from './engines.ts';
import { kit } from './kit.ts';
import { stopLeft } from './services.ts';

const usage = `usage: npm run test:distributed -- [part of a path …]

Runs the end-to-end tests on the distributed platform, on engines of its own; with arguments only those whose path
contains one. All files share its data: each starts the processes anew, none may rely on being the first.`;

/** Those that act on a platform, but not on the data folder of an embedded one. */
const isOnPlatform = (file: string) => /\bscene\(|\.distributed\.test/.test(file + readFileSync(file, 'utf8'));

const wanted = process.argv.slice(2);
const files = globSync(['test/{e2e,linearizability}/*.test.ts', 'deploy/native/*.distributed.test.ts'])
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .filter(isOnPlatform)
  .sort();

if (wanted.includes('--help')) console.log(usage);
else if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exitCode = 1;
} else process.exitCode = await run();

/** An engine that does not start is a failure. */
async function run(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'healthchain-distributed-'));
  const engines = kit(join(folder, 'engines'));
  try {
    for (const name of engineNames) {
      const started = performance.now();
      await engines.up(name, console.error);
      console.error(`${name} serves after ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
    const env = { ...process.env, PLATFORM: 'distributed', DATA_DIR: folder, HTTP_PORT: `${await freePort()}` };
    const options = ['--test', '--test-concurrency=1', '--test-timeout=300000'];
    return spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit', env }).status ?? 1;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  } finally {
    if (existsSync(join(folder, 'distributed'))) await stopLeft(join(folder, 'distributed'));
    await Promise.all(engineNames.map((name) => engines.down(name, true)));
    rmSync(folder, { recursive: true, force: true });
  }
}
