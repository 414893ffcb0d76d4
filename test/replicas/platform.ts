import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { addressesIn } from '../../deploy/native/addresses.ts';
import { authority } from '../../deploy/native/ca.ts';
import { doors } from '../../deploy/native/distributed.ts';
import { kit } from '../../deploy/native/kit.ts';
import { type Member, type ServiceProcesses, serviceProcesses } from '../../deploy/native/services.ts';
import { systemClock } from '../../kernel/clock.ts';
import { readConfig } from '../../kernel/config.ts';
import { gateway } from '../../kernel/rest/gateway.ts';
import { certificateFiles, routes, rpcSection } from '../../kernel/rpc/config.ts';
import { mutualTls } from '../../kernel/rpc/mutualTls.ts';
import { type GrpcTransport, grpcTransport } from '../../kernel/rpc/network.ts';
import { freePort } from '../launch.ts';

const root = join(import.meta.dirname, '..', '..');
const trustDomain = 'healthchain';
const log = pino({ level: 'silent' });

/** Two replicas of each service. */
export interface Replicated {
  /** An entry that sends one request to the first replicas and the next to the second. */
  url: string;
  /** Entries to the replicas of one kind only. */
  first: string;
  second: string;
  services: ServiceProcesses;
  /** Asks as the identity service does, of all replicas in turn. */
  rpc: GrpcTransport;
  /** What the replicas that run say together. */
  metrics(): Promise<string>;
  dispose(): Promise<void>;
}

/** On MongoDB and Kafka of the environment, and a ledger of its own: one log is anchored there, from its first batch on. */
export async function replicated(): Promise<Replicated> {
  const folder = mkdtempSync(join(tmpdir(), 'healthchain-replicas-'));
  const ledger = kit(join(folder, 'engines'));
  const closing: (() => unknown)[] = [
    () => rmSync(folder, { recursive: true, force: true }),
    () => ledger.down('fabric', true),
  ];
  const dispose = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const own = `test-${randomUUID().slice(0, 8)}-`;
    const variables = {
      ...{ ...process.env, ...(await ledger.up('fabric')).variables },
      ...{ MONGODB_PREFIX: own, KAFKA_PREFIX: own, KAFKA_SESSION_TIMEOUT_MS: '4000' },
      ...{ LOG_LEVEL: 'info', ACCESS_TOKEN_TTL: '3600', TRUSTED_PROXIES: '127.0.0.1,::1' },
    };
    const services = await serviceProcesses({
      ...{ folder, root, trustDomain, baseUrl: url, variables },
      authority: authority(join(folder, 'certificates'), trustDomain, Date.now()),
      replicas: { identity: 2, consent: 2, records: 2, audit: 2, research: 2 },
    });
    closing.push(() => services.stop());
    await services.start();
    const [first, second] = await Promise.all([entry(services, ''), entry(services, '-2')]);
    closing.push(first.close, second.close);
    let turn = 0;
    const both = createServer((incoming, outgoing) => {
      turn += 1;
      (turn % 2 ? first : second).server.emit('request', incoming, outgoing);
    });
    await new Promise<void>((listening) => both.listen(port, '127.0.0.1', listening));
    closing.push(() => both.close().closeAllConnections());
    const rpc = asIdentity(services, closing);
    return { url, first: first.url, second: second.url, services, rpc, metrics: () => metricsOf(folder), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function entry(services: ServiceProcesses, which: '' | '-2') {
  const targets = Object.entries(doors).map(([path, name]) => [path, services.http(`${name}${which}` as Member)]);
  const { server, close } = gateway(Object.fromEntries(targets));
  const port = await freePort();
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return { server, close, url: `http://127.0.0.1:${port}` };
}

function asIdentity(services: ServiceProcesses, closing: (() => unknown)[]): GrpcTransport {
  const config = readConfig(services.environment('identity'), rpcSection);
  const tls = mutualTls({ files: certificateFiles(config), trustDomain, service: 'identity', clock: systemClock, log });
  const rpc = grpcTransport(routes(config, tls));
  closing.push(tls.close, rpc.close);
  return rpc;
}

async function metricsOf(folder: string): Promise<string> {
  const texts = Object.values(addressesIn(folder)).map(({ http }) =>
    fetch(`${http}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    ),
  );
  return (await Promise.all(texts)).join('\n');
}
