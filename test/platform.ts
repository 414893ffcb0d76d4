import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A platform in a process of its own, on free loopback ports and a data folder of its own. */
export interface RunningPlatform {
  url: string;
  grpc: string;
  folder: string;
  process: ChildProcess;
  /** Everything it printed. */
  output(): string;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; the data folder stays, to be started again. */
  kill(): Promise<void>;
  /** Starts it again on the same folder and ports; `env` for this time only. */
  restart(env?: Record<string, string>): Promise<void>;
  /** Stops it if it runs, and removes the folder. */
  dispose(): Promise<void>;
}

export interface SpawnOptions {
  /** With the demo world; default without. */
  demo?: boolean;
  env?: Record<string, string>;
}

/** Starts `platform.ts` and resolves when /health/ready answers 200. */
export async function spawnPlatform({ demo = false, env = {} }: SpawnOptions = {}): Promise<RunningPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'healthchain-'));
  const [http, grpc] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const variables = {
    HTTP_PORT: `${http}`,
    GRPC_PORT: `${grpc}`,
    BASE_URL: url,
    DATA_DIR: folder,
    LOG_LEVEL: 'warn',
    ...env,
  };
  const start = (more: Record<string, string> = {}) => launch(url, demo, { ...process.env, ...variables, ...more });
  let running = await start();
  return {
    url,
    grpc: `127.0.0.1:${grpc}`,
    folder,
    get process() {
      return running.child;
    },
    output: () => running.output(),
    stop: () => end(running.child, 'SIGTERM'),
    kill: async () => void (await end(running.child, 'SIGKILL')),
    async restart(more) {
      running = await start(more);
    },
    async dispose() {
      await end(running.child, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(url: string, demo: boolean, env: NodeJS.ProcessEnv) {
  const args = ['--import', './kernel/tracing.ts', 'platform.ts', ...(demo ? [] : ['--no-demo'])];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const wanted = demo && env.NODE_ENV !== 'production' ? '/demo/users' : '/health/ready';
  await untilAnswers(url + wanted, child, () => printed);
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

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
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
