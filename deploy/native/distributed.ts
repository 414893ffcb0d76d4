import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { demoRoutes } from '../../demo/rest.ts';
import { seedDemoWorld } from '../../demo/seed.ts';
import { randomIds, systemClock } from '../../kernel/clock.ts';
import { readConfig } from '../../kernel/config.ts';
import { Failure } from '../../kernel/errors.ts';
import { refuseTaken } from '../../kernel/ports.ts';
import { gateway } from '../../kernel/rest/gateway.ts';
import { restServer } from '../../kernel/rest/server.ts';
import { certificateFiles, routes, rpcSection } from '../../kernel/rpc/config.ts';
import { mutualTls } from '../../kernel/rpc/mutualTls.ts';
import { grpcTransport } from '../../kernel/rpc/network.ts';
import type { RpcTransport } from '../../kernel/rpc/port.ts';
import type { Running } from '../../kernel/run.ts';
import { metricsRegistry } from '../../kernel/telemetry.ts';
import { platformConfig } from '../../platform.config.ts';
import { developmentCa, platformFolder, trustDomain } from './certs.ts';
import { engineNames } from './engines.ts';
import { type Kit, kit } from './kit.ts';
import { type Program, type ServiceProcesses, serviceProcesses } from './services.ts';

/** Which service serves the paths that begin so. */
export const doors: Readonly<Record<string, Program>> = {
  '/auth': 'identity',
  '/fhir/.well-known': 'identity',
  '/fhir': 'records',
  '/consent': 'consent',
  '/cds-services': 'consent',
  '/xacml': 'consent',
  '/log': 'audit',
  '/research': 'research',
};

/** Where the HTTP entry comes from. */
const loopback = '127.0.0.1,::1';

const root = join(import.meta.dirname, '..', '..');

/**
 * The platform on real engines, as processes of this machine: MongoDB, Kafka and Fabric of the kit, the key service, the
 * five services, and one HTTP entry to them. The engines stay when it stops: `npm run engines -- down`.
 */
export async function distributedPlatform(env: NodeJS.ProcessEnv, log: Logger, demo: boolean): Promise<Running> {
  const { HOST, HTTP_PORT, DATA_DIR, BASE_URL } = readConfig(env, platformConfig);
  const baseUrl = BASE_URL || `http://localhost:${HTTP_PORT}`;
  await refuseTaken(HOST, { HTTP_PORT });
  const data = resolve(root, DATA_DIR);
  const folder = platformFolder(data);
  const engines = kit(join(data, 'engines'));
  const variables = { TRUSTED_PROXIES: loopback, ...env, ...(await enginesUp(engines, log)) };
  const authority = developmentCa(data, Date.now());
  const services = await serviceProcesses({ folder, root, authority, trustDomain, baseUrl, variables });
  const own = await ownDoors(services, log);
  const served = Object.entries(doors).map(([path, name]) => [path, services.http(name)]);
  const entry = gateway({ ...Object.fromEntries(served), '/demo': own.url });
  const stop = async () => {
    await Promise.all([entry.close(), own.close()]);
    await services.stop();
  };
  try {
    await services.start();
    await new Promise<void>((listening, reject) => {
      entry.server.once('error', reject).listen(HTTP_PORT, HOST, listening);
    });
    log.info({ http: baseUrl, logs: folder }, 'HealthChain serves, each service in a process of its own');
    if (demo) {
      const { folder: store } = engines.status('mongo'); // whose data is what is complete, or gone
      await seedDemoWorld({ server: `http://${HOST}:${HTTP_PORT}`, rpc: own.rpc, folder: store });
      own.open();
      log.info('the demo world is there: "npm run -s cli -- users" lists its people');
    }
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function enginesUp(engines: Kit, log: Logger): Promise<Record<string, string>> {
  const variables = {};
  for (const name of engineNames) {
    const { variables: given } = await engines.up(name, (line) => log.info(line));
    Object.assign(variables, given);
    log.info({ engine: name }, 'the engine serves');
  }
  return variables;
}

interface OwnDoors {
  url: string;
  /** Asks services as one of our own does. */
  rpc: RpcTransport;
  /** Tells of the demo world from now on. */
  open(): void;
  close(): Promise<void>;
}

/** What the launcher itself serves: who is in the demo world. */
async function ownDoors(services: ServiceProcesses, log: Logger): Promise<OwnDoors> {
  const config = readConfig(services.environment('identity'), rpcSection);
  const tls = mutualTls({ files: certificateFiles(config), trustDomain, clock: systemClock, log });
  const rpc = grpcTransport(routes(config, tls));
  const demo = demoRoutes(rpc);
  const authenticate = async () => {
    throw new Failure('login', 'No token is needed here.');
  };
  const common = { services: [], authenticate, log, ids: randomIds };
  const server = await restServer({ ...common, metrics: metricsRegistry(), bodyLimit: 1024 });
  await server.register(demo.rest);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, rpc, open: demo.open },
    async close() {
      await server.close();
      rpc.close();
      tls.close();
    },
  };
}
