import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platformFolder } from './certs.ts';
import { type EngineName, engineNames } from './engines.ts';
import { kit } from './kit.ts';
import { stopLeft } from './services.ts';

interface Run {
  usage: string;
  /** Globs of the files that it is about. */
  files: string[];
  suits?(file: string): boolean;
  /** The engines that these files need; all by default. */
  needs?(files: readonly string[]): readonly EngineName[];
  /** What the tests are told besides the engines' variables. */
  env(folder: string): Promise<Record<string, string>>;
}

/**
 * Runs tests on engines of its own in a temporary folder, one file after the other, since tests that kill engines want
 * the machine for themselves. Arguments choose the files whose path contains one. An engine that does not start is a
 * failure.
 * @returns the exit code
 */
export async function testRun(run: Run, args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(run.usage);
    return 0;
  }
  const files = globSync(run.files)
    .filter((file) => args.length === 0 || args.some((part) => file.includes(part)))
    .filter(run.suits ?? (() => true))
    .sort();
  if (files.length === 0) {
    console.error(`no test file matches ${args.join(' ')}`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'healthchain-engines-'));
  const needed = run.needs?.(files) ?? engineNames;
  const engines = kit(join(folder, 'engines'));
  try {
    const env = { ...process.env, ...(await run.env(folder)) };
    for (const name of needed) {
      const started = performance.now();
      Object.assign(env, (await engines.up(name, console.error)).variables);
      console.error(`${name} serves after ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
    const options = ['--test', '--test-concurrency=1', '--test-timeout=600000'];
    return await ended([...options, ...files], env);
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  } finally {
    await stopLeft(platformFolder(folder));
    await Promise.all(needed.map((name) => engines.down(name, true)));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs Node to its end; told to stop, it is stopped first, so that the engines can be taken down after it. */
async function ended(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'inherit', env });
  const stop = () => void child.kill('SIGTERM');
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const [code] = await once(child, 'exit');
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return code ?? 1;
}
