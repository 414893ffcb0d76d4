import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { budget } from './checks/budget.ts';
import { forTests, sources } from './checks/sources.ts';
import { brokenWalls } from './checks/walls.ts';

/** What a check found wrong, line by line; empty: it passed. `note` is printed either way. */
interface Verdict {
  wrong: string[];
  note?: string;
}

/** Everything that must hold besides the tests; each is one line, and all of them run. */
const checks: Record<string, () => Verdict> = {
  'proto lint': () => command('buf', 'lint'),
  'generated code': generatedCode,
  'lint and format': () => command('biome', 'ci', '--colors=off', '--error-on-warnings', '.'),
  types: () => command('tsc', '--noEmit'),
  walls: () => ({ wrong: brokenWalls(sources(/\.ts$/)) }),
  budget: () => {
    const { report, over } = budget(sources(/\.ts$/).filter(({ path }) => !forTests(path)));
    return { wrong: over, note: report };
  },
  'lockfile fits any registry': () => ({
    wrong: sources(/^package-lock\.json$/)[0]!.text.includes('"resolved"')
      ? ['package-lock.json names a registry']
      : [],
  }),
};

let failed = false;
for (const [name, check] of Object.entries(checks)) {
  const started = performance.now();
  const { wrong, note } = check();
  failed ||= wrong.length > 0;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${wrong.length ? '✖' : '✔'} ${name} (${seconds} s)${note ? `: ${note}` : ''}`);
  for (const line of wrong) console.log(`    ${line}`);
}
process.exitCode = failed ? 1 : 0;

/** Runs a program of node_modules/.bin, which npm puts first in PATH. */
function command(program: string, ...args: string[]): Verdict {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return { wrong: [] };
  return { wrong: `${error?.message ?? ''}${stdout}${stderr}`.trimEnd().split('\n') };
}

/** Generates anew beside the committed code and compares. */
function generatedCode(): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'healthchain-gen-'));
  try {
    for (const part of ['proto', 'buf.yaml', 'buf.gen.yaml']) cpSync(part, join(folder, part), { recursive: true });
    const generated = spawnSync('buf', ['generate'], { cwd: folder, encoding: 'utf8' });
    if (generated.status !== 0) return { wrong: generated.stderr.split('\n') };
    const diff = spawnSync('diff', ['-r', 'proto/gen', join(folder, 'proto/gen')], { encoding: 'utf8' });
    return { wrong: diff.status === 0 ? [] : ['proto/gen differs from what "npm run gen" makes'] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
