import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { addressesIn } from '../deploy/native/addresses.ts';
import { joining, platformFolder, trustDomain } from '../deploy/native/certs.ts';
import { programNames } from '../deploy/native/services.ts';
import { systemClock } from '../kernel/clock.ts';
import { readConfig } from '../kernel/config.ts';
import { certificateFiles, routes, rpcSection } from '../kernel/rpc/config.ts';
import { mutualTls } from '../kernel/rpc/mutualTls.ts';
import { type GrpcTransport, grpcTransport } from '../kernel/rpc/network.ts';
import { end, launch } from './launch.ts';
import type { RunningPlatform, SpawnOptions } from './platform.ts';
import { storedByEngines } from './stored.ts';

/** Whether tests run on the platform of `npm run test:distributed`. */
export const isDistributed = process.env.PLATFORM === 'distributed';

/**
 * Starts the processes of the distributed platform anew, on the engines and the data of this run: what the files before
 * have done is still there. DATA_DIR and HTTP_PORT say where; the runner sets them.
 */
export async function distributedPlatform({ demo = false, env = {} }: SpawnOptions): Promise<RunningPlatform> {
  const { DATA_DIR, HTTP_PORT } = process.env;
  if (!DATA_DIR || !HTTP_PORT) throw new Error('these tests share a platform: npm run test:distributed');
  const url = `http://127.0.0.1:${HTTP_PORT}`;
  const folder = platformFolder(DATA_DIR);
  const args = ['--distributed', ...(demo ? [] : ['--no-demo'])];
  const before = logSizes(folder);
  const start = (more: Record<string, string> = {}) =>
    launch(url, { ...process.env, BASE_URL: url, LOG_LEVEL: 'warn', ...env, ...more }, ...args);
  let running = await start();
  return {
    url,
    rpc: () => asApplication(DATA_DIR),
    metrics: () => metricsOf(folder),
    stored: (secrets) => storedByEngines(DATA_DIR, secrets),
    output: () => running.output() + logsSince(folder, before),
    stop: () => end(running.child, 'SIGTERM'),
    async restart(more) {
      running = await start(more);
    },
    dispose: async () => void (await end(running.child, 'SIGTERM')),
  };
}

/** With a certificate of the platform's CA that is not of a service: it stands for nobody, only tokens do. */
function asApplication(data: string): GrpcTransport {
  const config = readConfig(joining(data, 'application', Date.now(), 1), rpcSection);
  const files = certificateFiles(config);
  const tls = mutualTls({ files, trustDomain, clock: systemClock, log: pino({ level: 'silent' }) });
  const rpc = grpcTransport(routes(config, tls));
  return {
    client: rpc.client,
    close() {
      rpc.close();
      tls.close();
    },
  };
}

async function metricsOf(folder: string): Promise<string> {
  const addresses = Object.values(addressesIn(folder));
  const texts = await Promise.all(addresses.map(async ({ http }) => (await fetch(`${http}/metrics`)).text()));
  return texts.join('\n');
}

const logs = (folder: string) =>
  programNames.map((name) => join(folder, `${name}.log`)).filter((file) => existsSync(file));

const logSizes = (folder: string) => new Map(logs(folder).map((file) => [file, statSync(file).size]));

const logsSince = (folder: string, before: ReadonlyMap<string, number>): string =>
  logs(folder)
    .map((file) => readFileSync(file).subarray(before.get(file)).toString())
    .join('');
