import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.ts';
import type { Tool } from '../tools.ts';

/** Go of this version fetches by itself the newer one that go.mod asks for. */
export const go: Tool = {
  name: 'Go 1.21 or newer',
  command: ['go', 'version'],
  suits: (printed) => Number(/go1\.(\d+)/.exec(printed)?.[1]) >= 21,
  install: { debian: 'apt-get install golang (or https://go.dev/dl)', mac: 'brew install go' },
};

const programs = ['peer', 'orderer', 'cryptogen', 'configtxgen'];

/**
 * Compiles the programs of Fabric that go.mod pins, from the Go module proxy, with low priority; about two minutes.
 * The sources are read only, so that go.sum decides what is built.
 */
export async function compile(folder: string): Promise<void> {
  const module = join(folder, 'module');
  mkdirSync(module);
  for (const file of ['go.mod', 'go.sum', 'tools.go']) cpSync(join(import.meta.dirname, file), join(module, file));
  const packages = programs.map((program) => `github.com/hyperledger/fabric/cmd/${program}`);
  const options = ['-mod=readonly', '-trimpath', '-ldflags=-s -w', '-o', `${folder}/`];
  await run('nice', '-n', '10', 'go', '-C', module, 'build', ...options, ...packages);
}
