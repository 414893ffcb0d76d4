import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

/** Runs the tests: all of them, or those whose path contains one of the arguments. */
const wanted = process.argv.slice(2);
const files = globSync('{cli,contracts,demo,deploy,kernel,scripts,services,test}/**/*.test.ts')
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(1);
}
const options = ['--test', '--test-concurrency=2', '--test-timeout=180000'];
const { status } = spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
