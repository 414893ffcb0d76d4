import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { EngineProcess } from './engine.ts';

/** A process that was started. The start time tells it from a later one that was given the same pid. */
export interface Started {
  pid: number;
  started: string;
}

/** Starts a process that outlives this one; its output is appended to the log file. */
export function start({ name, command, args, env = process.env }: EngineProcess, log: string): Started {
  const output = openSync(log, 'a', 0o600);
  try {
    const child = spawn(command, args, { detached: true, env, stdio: ['ignore', output, output] });
    child.once('error', () => {}); // told by the missing pid
    child.unref();
    const started = child.pid && startTime(child.pid);
    if (!child.pid || !started) throw new Error(`${name} did not start; see ${log}`);
    return { pid: child.pid, started };
  } finally {
    closeSync(output);
  }
}

export const isRunning = ({ pid, started }: Started): boolean => startTime(pid) === started;

/** Asks the process to end, and makes it after `patience` milliseconds; a process that is not ours is left alone. */
export async function stop(process: Started, patience = 15_000): Promise<void> {
  signal(process, 'SIGTERM');
  for (const deadline = Date.now() + patience; isRunning(process) && Date.now() < deadline; ) await pause(20);
  await kill(process);
}

export async function kill(process: Started): Promise<void> {
  signal(process, 'SIGKILL');
  while (isRunning(process)) await pause(20);
}

export function signal(target: Started, name: NodeJS.Signals): void {
  if (isRunning(target)) process.kill(target.pid, name);
}

/** When a process started, in the system's own words; undefined where there is none, or only a zombie. */
function startTime(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // the name, in parentheses, may hold spaces; state is field 3, start time field 22
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', `${pid}`], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return state?.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}
