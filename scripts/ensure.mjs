// Runs before every npm script, with whatever Node there is (>= 20): installs what is missing, and checks that the
// Node this project runs on came with it.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const wanted = read('package.json').dependencies.node;

const isFresh = !isInstalled();
if (isFresh) {
  console.error('Installing what package-lock.json names (once) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail('npm ci failed; see above.');
}

try {
  const node = join(root, 'node_modules', '.bin', 'node');
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  if (version !== `v${wanted}`) fail(`node_modules/.bin/node is ${version}, not v${wanted}.`);
  if (isFresh) spawnSync(node, [join(root, 'scripts', 'definitions.ts')], { stdio: 'inherit' });
} catch (error) {
  fail(`Node ${wanted} did not come with the packages (${error.code ?? error.message}).`);
}

/** Whether npm has installed every version that the lockfile names; it notes in node_modules what it installed, at its end. */
function isInstalled() {
  try {
    const { packages: installed } = read('node_modules', '.package-lock.json');
    const named = Object.entries(read('package-lock.json').packages).filter(([path]) => path !== '');
    return named.every(
      ([path, { version, optional }]) => (installed[path]?.version ?? (optional && version)) === version,
    );
  } catch {
    return false;
  }
}

function fail(reason) {
  console.error(
    `${reason}\nThe npm package "node" brings its binary by an install script. Where npm keeps those off, run:\n  npm ci --ignore-scripts=false && npm rebuild node`,
  );
  process.exit(1);
}
