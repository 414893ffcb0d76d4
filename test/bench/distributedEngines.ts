import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platformFolder } from '../../deploy/native/certs.ts';
import type { EngineName } from '../../deploy/native/engines.ts';
import { kit } from '../../deploy/native/kit.ts';
import { stopLeft } from '../../deploy/native/services.ts';

/** Real engines of a part of the bench. */
export interface BenchEngines {
  /** The part's own; DATA_DIR of a platform that is to use the engines. */
  folder: string;
  variables: Record<string, string>;
  /** Seconds of processor time that an engine's processes have used; NaN where the system does not tell. */
  processorSeconds(name: EngineName): number;
  /** Runs at the end, the newest first, whatever the end is. */
  atEnd(close: () => unknown): void;
}

/** Runs a part on engines of its own, which go with their data whatever happens, also when it is interrupted. */
export async function onEngines(
  names: readonly EngineName[],
  work: (engines: BenchEngines) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'healthchain-bench-'));
  const engines = kit(join(folder, 'engines'));
  const closing: (() => unknown)[] = [];
  let cleaning: Promise<void> | undefined;

  async function clean(): Promise<void> {
    for (const close of closing.toReversed()) await ended(close); // also where one fails
    await stopLeft(platformFolder(folder));
    await Promise.all(names.map((name) => engines.down(name, true)));
    rmSync(folder, { recursive: true, force: true });
  }
  const end = () => {
    cleaning ??= clean();
    return cleaning;
  };
  const interrupted = () => void end().finally(() => process.exit(130));

  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const variables: Record<string, string> = {};
    for (const name of names) Object.assign(variables, (await engines.up(name, console.error)).variables);
    const processorSeconds = (name: EngineName) =>
      engines.status(name).processes.reduce((sum, { pid }) => sum + secondsOf(pid), 0);
    await work({ folder, variables, processorSeconds, atEnd: (close) => closing.push(close) });
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await end();
  }
}

async function ended(close: () => unknown): Promise<void> {
  try {
    await close();
  } catch (error) {
    console.error(error);
  }
}

/** User and system time of a process, fields 14 and 15 of Linux' /proc/<pid>/stat, in hundredths of a second. */
function secondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}
