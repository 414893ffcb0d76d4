// Runs before every npm script, with whatever Node there is (>= 20): installs what is missing, and checks that the
// Node this project runs on came with it.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.cache', 'healthchain', 'installed');
const lockfile = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies.node;

const isFresh = !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockfile;
if (isFresh) {
  console.error('Installing what package-lock.json names (once) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail('npm ci failed; see above.');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lockfile);
}

try {
  const node = join(root, 'node_modules', '.bin', 'node');
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  if (version !== `v${wanted}`) fail(`node_modules/.bin/node is ${version}, not v${wanted}.`);
  if (isFresh) spawnSync(node, [join(root, 'scripts', 'definitions.ts')], { stdio: 'inherit' });
} catch (error) {
  fail(`Node ${wanted} did not come with the packages (${error.code ?? error.message}).`);
}

function fail(reason) {
  console.error(
    `${reason}\nThe npm package "node" brings its binary by an install script. Where npm keeps those off, run:\n  npm ci --ignore-scripts=false && npm rebuild node`,
  );
  process.exit(1);
}
