import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { AuditContract } from './contracts/audit.ts';
import { ConsentContract } from './contracts/consent.ts';
import { RegistryContract } from './contracts/registry.ts';
import { ResearchContract } from './contracts/research.ts';
import { SharingContract } from './contracts/sharing.ts';
import type { Authenticate } from './kernel/auth/actor.ts';
import type { ServiceName } from './kernel/bus/port.ts';
import { sqliteBus } from './kernel/bus/sqlite.ts';
import { randomIds, systemClock } from './kernel/clock.ts';
import { sqliteEventStore } from './kernel/eventstore/sqlite.ts';
import { intakeKeyPair } from './kernel/keys/detail.ts';
import { localKeys } from './kernel/keys/local.ts';
import { embeddedLedger } from './kernel/ledger/embedded.ts';
import { inProcess } from './kernel/rpc/inprocess.ts';
import type { RpcService, RpcTransport } from './kernel/rpc/port.ts';
import type { Engines } from './kernel/service.ts';
import type { Metrics } from './kernel/telemetry.ts';
import { sqliteViews } from './kernel/views/sqlite.ts';

/** The engines of the embedded platform, all under one data folder. */
export interface EmbeddedEngines {
  /** What one service gets: a store and views of its own, and the engines that all share. */
  engines(service: ServiceName): Engines;
  /** Asks services as one of our own does. */
  rpc: RpcTransport;
  close(): Promise<void>;
}

interface Parts {
  folder: string;
  log: Logger;
  metrics: Metrics;
  authenticate: Authenticate;
  /** Asked at each call. */
  rpcServices(): readonly RpcService[];
}

/**
 * Opens the engines; the folder is made where it is missing.
 * @throws Failure `unavailable` where another process holds the folder
 */
export async function embeddedEngines(parts: Parts): Promise<EmbeddedEngines> {
  const { folder, log, metrics, authenticate, rpcServices } = parts;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(folder, `${name}.db`);
  const [clock, ids] = [systemClock, randomIds];
  const keys = localKeys(file('keys')); // first: it is what keeps a second process out
  const signingKey = await keys.secret('ledger/signing', () => ids.bytes(32));
  const intake = await keys.secret('audit/intake', () => ids.bytes(32));
  const contracts = [
    new RegistryContract(),
    new ConsentContract(),
    new SharingContract(),
    new ResearchContract(),
    new AuditContract(),
  ];
  const ledger = embeddedLedger({ file: file('ledger'), signingKey, organization: 'healthchain', contracts, clock });
  const bus = sqliteBus(file('bus'));
  const transport = (caller: ServiceName) => inProcess({ services: rpcServices, caller, authenticate, ids });
  const opened: { close(): Promise<void> }[] = [];
  function keep<T extends { close(): Promise<void> }>(engine: T): T {
    opened.push(engine);
    return engine;
  }
  return {
    engines: (service) => ({
      store: keep(sqliteEventStore(file(service))),
      views: keep(sqliteViews(file(`${service}.views`))),
      rpc: transport(service),
      auditKey: intakeKeyPair(intake).publicKey,
      ...{ bus, keys, ledger, clock, ids, log, metrics, authenticate },
    }),
    rpc: transport('identity'),
    async close() {
      for (const engine of [...opened, bus, ledger, keys]) await engine.close();
    },
  };
}
