import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { authority } from '../../deploy/native/ca.ts';
import { doors } from '../../deploy/native/distributed.ts';
import { type EngineName, engineNames } from '../../deploy/native/engines.ts';
import { type Kit, kit } from '../../deploy/native/kit.ts';
import { type ServiceProcesses, serviceProcesses } from '../../deploy/native/services.ts';
import type { ServiceName } from '../../kernel/bus/port.ts';
import { systemClock } from '../../kernel/clock.ts';
import { readConfig } from '../../kernel/config.ts';
import { gateway } from '../../kernel/rest/gateway.ts';
import { certificateFiles, routes, rpcSection } from '../../kernel/rpc/config.ts';
import { mutualTls } from '../../kernel/rpc/mutualTls.ts';
import { type GrpcTransport, grpcTransport } from '../../kernel/rpc/network.ts';
import { freePort } from '../launch.ts';
import { type Disk, moveToDisk, smallDisk } from './disk.ts';

const root = join(import.meta.dirname, '..', '..');
const trustDomain = 'healthchain';
const sizes = { brokers: 3, orgs: 2, orderers: 3 };

/** A distributed platform on engines of its own, in a temporary folder. Its parts are killed and started again. */
export interface FaultyPlatform {
  /** Where its one HTTP entry is. */
  url: string;
  /** Holds data and logs. */
  folder: string;
  engines: Kit;
  services: ServiceProcesses;
  /** What the services are told of the engines. */
  variables: NodeJS.ProcessEnv;
  /** Small disks under what keeps files; none where this user may not mount any. */
  disks: { mongo: Disk; keys: Disk } | undefined;
  /** Asks as a service does. */
  rpcAs(service: ServiceName): GrpcTransport;
  /** Stops everything; its data is gone. Resolves to the folder of the services' logs where they are kept. */
  stop(keepLogs: boolean): Promise<string | undefined>;
}

/** Tokens outlive the run: nobody is sent to log in again while something is down. */
const settings = { ACCESS_TOKEN_TTL: '86400', LOG_LEVEL: 'warn' };

/** What was opened; closed in the opposite order. */
type Closing = (() => unknown)[];

/** @param say is told what takes time */
export async function faultyPlatform(log: Logger, say: (line: string) => void): Promise<FaultyPlatform> {
  const folder = mkdtempSync(join(tmpdir(), 'healthchain-faults-'));
  const engines = kit(join(folder, 'engines'), sizes);
  const closing: Closing = [() => rmSync(folder, { recursive: true, force: true })];
  const end = async (keepLogs: boolean) => {
    const logs = keepLogs ? copiedLogs(servicesFolder(folder)) : undefined;
    for (const close of closing.splice(0).reverse()) {
      const closed = Promise.resolve().then(close);
      await closed.catch((error) => log.warn({ err: error }, 'something is not closed')); // all others are
    }
    return logs;
  };
  let ended: Promise<string | undefined> | undefined;
  const stop = (keepLogs: boolean) => {
    ended ??= end(keepLogs);
    return ended;
  };
  const interrupted = () => void stop(false).finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const { disks, variables } = await enginesOf(engines, folder, closing, say);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const services = await serviceProcesses({
      ...{ folder: servicesFolder(folder), root, trustDomain, baseUrl: url, variables },
      authority: authority(join(folder, 'certificates'), trustDomain, Date.now()),
    });
    closing.push(() => services.stop());
    const entry = gateway(Object.fromEntries(Object.entries(doors).map(([path, name]) => [path, services.http(name)])));
    say('starting the services');
    await services.start();
    await new Promise<void>((listening) => entry.server.listen(port, '127.0.0.1', listening));
    closing.push(() => entry.close());
    return { url, folder, engines, services, variables, disks, rpcAs: callers(services, log, closing), stop };
  } catch (error) {
    await stop(false);
    throw error;
  }
}

const servicesFolder = (folder: string) => join(folder, 'services');

function copiedLogs(from: string): string {
  const logs = mkdtempSync(join(tmpdir(), 'healthchain-faults-logs-'));
  for (const name of globSync('*.log', { cwd: from })) cpSync(join(from, name), join(logs, name));
  return logs;
}

async function enginesOf(engines: Kit, folder: string, closing: Closing, say: (line: string) => void) {
  const down = (clean: boolean) => Promise.all(engineNames.map((name) => engines.down(name, clean)));
  const variables: NodeJS.ProcessEnv = { ...process.env, ...settings };
  const up = async (name: EngineName) => Object.assign(variables, (await engines.up(name, say)).variables);
  const keep = (disk: Disk): Disk => {
    closing.push(() => disk.unmount());
    return disk;
  };
  closing.push(() => down(false));
  for (const name of engineNames) {
    say(`starting ${name}`);
    await up(name);
  }
  mkdirSync(servicesFolder(folder));
  const keys = smallDisk(servicesFolder(folder), 64);
  if (!keys) return { disks: undefined, variables };
  await engines.down('mongo');
  const disks = { keys: keep(keys), mongo: keep(moveToDisk(join(engines.status('mongo').folder, 'data'), 1024)) };
  closing.push(() => down(false)); // before the disks go
  await up('mongo');
  return { disks, variables };
}

/** One connection for each service that somebody asks as. */
function callers(services: ServiceProcesses, log: Logger, closing: Closing) {
  const open = new Map<ServiceName, GrpcTransport>();
  return (name: ServiceName): GrpcTransport => {
    const known = open.get(name);
    if (known) return known;
    const config = readConfig(services.environment(name), rpcSection);
    const tls = mutualTls({ files: certificateFiles(config), trustDomain, clock: systemClock, log });
    const rpc = grpcTransport(routes(config, tls));
    closing.push(
      () => tls.close(),
      () => rpc.close(),
    );
    open.set(name, rpc);
    return rpc;
  };
}
