import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GrpcTransport, grpcTransport } from '../kernel/rpc/network.ts';
import { distributedPlatform, isDistributed } from './distributed.ts';
import { foundUnder } from './e2e/secrets.ts';
import { end, freePort, launch } from './launch.ts';

/** A platform that is not in this process. */
export interface RunningPlatform {
  url: string;
  /** Asks over gRPC as an application does: with whatever token each call has. The caller closes it. */
  rpc(): GrpcTransport;
  /** What its `/metrics` say, together. */
  metrics(): Promise<string>;
  /** Which of the secrets stand in the clear in what it has stored, and where, once it is stopped. */
  stored(secrets: readonly string[]): Promise<Stored>;
  /** Everything it printed. */
  output(): string;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Starts it again on the same folder and ports; `env` for this time only. */
  restart(env?: Record<string, string>): Promise<void>;
  /** Stops it if it runs, and removes the folder. */
  dispose(): Promise<void>;
}

/** One process, on free loopback ports and a data folder of its own. */
export interface EmbeddedPlatform extends RunningPlatform {
  /** `host:port` of gRPC in the clear. */
  grpc: string;
  folder: string;
  process: ChildProcess;
  /** SIGKILL; the data folder stays, to be started again. */
  kill(): Promise<void>;
}

export interface Stored {
  /** How many files, documents and messages were looked through. */
  places: number;
  /** As "where: secret". */
  hits: string[];
}

export interface SpawnOptions {
  /** With the demo world; default without. */
  demo?: boolean;
  env?: Record<string, string>;
}

/** The platform that this run is about: embedded, or with PLATFORM=distributed on real engines. */
export const spawnPlatform = (options: SpawnOptions = {}): Promise<RunningPlatform> =>
  isDistributed ? distributedPlatform(options) : embeddedPlatform(options);

/** Starts `platform.ts` and resolves when it serves. */
export async function embeddedPlatform({ demo = false, env = {} }: SpawnOptions = {}): Promise<EmbeddedPlatform> {
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
  const args = demo ? [] : ['--no-demo'];
  const start = (more: Record<string, string> = {}) => launch(url, { ...process.env, ...variables, ...more }, ...args);
  let running = await start();
  return {
    url,
    grpc: `127.0.0.1:${grpc}`,
    folder,
    rpc: () => grpcTransport(`127.0.0.1:${grpc}`),
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    stored: async (secrets) => {
      const { files, hits } = await foundUnder(folder, secrets);
      return { places: files, hits };
    },
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
