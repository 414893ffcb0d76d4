import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A `platform.ts` that serves, and what it has printed. */
export interface Launched {
  child: ChildProcess;
  output(): string;
}

/** Starts `platform.ts` and resolves once it serves; with the demo world once that is complete. */
export async function launch(url: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Launched> {
  const command = ['--import', './kernel/tracing.ts', 'platform.ts', ...args];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const demo = !args.includes('--no-demo') && env.NODE_ENV !== 'production';
  await untilAnswers(url + (demo ? '/demo/users' : '/health/ready'), child, () => printed);
  return { child, output: () => printed };
}

async function untilAnswers(url: string, child: ChildProcess, printed: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the platform ended with ${child.exitCode}:\n${printed()}`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await response?.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves to the exit code. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
