import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The bare baseline, running. */
export interface Bare {
  url: string;
  stop(): Promise<void>;
}

export async function spawnBare(): Promise<Bare> {
  const child = spawn(process.execPath, ['test/bench/baseline.ts'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return {
    url: url.trim(),
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
