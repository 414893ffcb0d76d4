import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program to its end. Throws an Error with the end of what it printed where it fails. */
export async function run(program: string, ...args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => printed.push(bytes));
  const [status] = await once(child, 'close');
  if (status === 0) return;
  const end = Buffer.concat(printed).toString().trimEnd().split('\n').slice(-5).join('\n  ');
  throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n  ${end}`);
}
