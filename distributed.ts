import type { Logger } from 'pino';
import { distributedConfig } from './distributed.config.ts';
import type { Authenticate } from './kernel/auth/actor.ts';
import { fetchedJwks } from './kernel/auth/jwks.ts';
import { tokenVerifier } from './kernel/auth/tokens.ts';
import { kafkaBus } from './kernel/bus/kafka.ts';
import { kafkaOptions, kafkaSection } from './kernel/bus/kafkaConfig.ts';
import type { ServiceName } from './kernel/bus/port.ts';
import { randomIds, systemClock } from './kernel/clock.ts';
import { type Config, configHelp, readConfig, type Section } from './kernel/config.ts';
import { Failure } from './kernel/errors.ts';
import { mongoEventStore } from './kernel/eventstore/mongo.ts';
import { openMongoDatabase } from './kernel/eventstore/mongoDatabase.ts';
import { remoteKeys } from './kernel/keys/remote.ts';
import { fabricLedger } from './kernel/ledger/fabric.ts';
import { fabricConfig } from './kernel/ledger/fabricConfig.ts';
import { refuseTaken } from './kernel/ports.ts';
import { proxiesIn } from './kernel/rest/proxies.ts';
import { restServer } from './kernel/rest/server.ts';
import { certificateFiles, type RpcConfig, routes, rpcSection } from './kernel/rpc/config.ts';
import { grpcServer } from './kernel/rpc/grpc.ts';
import { type MutualTls, mutualTls } from './kernel/rpc/mutualTls.ts';
import { grpcTransport } from './kernel/rpc/network.ts';
import { type Running, run } from './kernel/run.ts';
import type { Engines, Service } from './kernel/service.ts';
import { logger, type Metrics, metricsRegistry } from './kernel/telemetry.ts';
import { mongoViews } from './kernel/views/mongo.ts';

const engineSections = [distributedConfig, rpcSection, kafkaSection, fabricConfig];

/** A service that runs alone in a process. */
export interface Alone<S extends Section> {
  name: ServiceName;
  /** Its own variables. */
  section: S;
  make(engines: Engines, config: Config<S> & { baseUrl: string }): Promise<Service>;
}

/** Runs one service as a process on the engines of production, until it is told to stop; `--help` prints its variables. */
export async function runAlone<S extends Section>(alone: Alone<S>): Promise<void> {
  const [argument] = process.argv.slice(2);
  const usage = `usage: node services/${alone.name}/main.ts\n\nRuns the ${alone.name} service alone. Variables:\n`;
  if (argument) {
    const help = usage + configHelp([...engineSections, alone.section]);
    if (argument === '--help') return console.log(help);
    console.error(`"${argument}" is not understood.\n${help}`);
    process.exitCode = 2;
    return;
  }
  const log = logger(process.env.LOG_LEVEL || 'info');
  await run(() => startAlone(alone, process.env, log), log);
}

/** @throws Failure within 10 s with one line that says what is wrong with a variable, a certificate or an engine */
export async function startAlone<S extends Section>(
  { name, section, make }: Alone<S>,
  env: NodeJS.ProcessEnv,
  log: Logger,
): Promise<Running> {
  const config = readConfig(env, distributedConfig);
  const own = readConfig(env, section);
  const { BASE_URL: baseUrl, ISSUER_KEYS, HOST: host, HTTP_PORT } = config;
  const { BODY_LIMIT: bodyLimit } = config;
  const trustedProxies = proxiesIn(config.TRUSTED_PROXIES);
  const { RPC_HOST, RPC_PORT } = readConfig(env, rpcSection);
  await refuseTaken(host, { HTTP_PORT });
  await refuseTaken(RPC_HOST, { RPC_PORT });
  const metrics = metricsRegistry();
  const issuer = { issuer: `${baseUrl}/auth`, audience: `${baseUrl}/fhir` };
  const jwks = fetchedJwks((ISSUER_KEYS || `${baseUrl}/auth/jwks`).split(','));
  const authenticate = tokenVerifier({ ...issuer, jwks, clock: systemClock });
  const opened = await distributedEngines({ name, env, log, metrics, authenticate });
  try {
    const service = await make(opened.engines, { ...own, baseUrl });
    await service.start();
    const common = { authenticate, log, ids: randomIds };
    const server = await restServer({ services: [service], metrics, bodyLimit, trustedProxies, ...common });
    const grpc = await grpcServer({
      host: RPC_HOST,
      port: RPC_PORT,
      services: service.rpc,
      hosted: [service],
      tls: opened.tls,
      ...common,
    });
    await server.listen({ host, port: HTTP_PORT });
    log.info({ service: name, http: HTTP_PORT, grpc: grpc.port }, 'the service serves');
    return {
      async stop() {
        service.drain?.();
        await Promise.all([server.close(), grpc.stop()]);
        await service.stop();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

interface Parts {
  name: ServiceName;
  env: NodeJS.ProcessEnv;
  log: Logger;
  metrics: Metrics;
  authenticate: Authenticate;
}

interface DistributedEngines {
  engines: Engines;
  tls: MutualTls;
  close(): Promise<void>;
}

/** The engines of one service: a MongoDB database of its own, Kafka, Fabric, and the key service's process. */
async function distributedEngines({ name, env, log, metrics, authenticate }: Parts): Promise<DistributedEngines> {
  const [clock, ids] = [systemClock, randomIds];
  const rpcConfig = readConfig(env, rpcSection);
  const { MONGODB_URL, MONGODB_PREFIX } = readConfig(env, distributedConfig);
  if (!MONGODB_URL) throw new Failure('invalid', 'MONGODB_URL is missing.');
  const [kafka, fabric] = [kafkaOptions(readConfig(env, kafkaSection)), readConfig(env, fabricConfig)];
  const closing: (() => unknown)[] = [];
  function keep<T extends { close(): unknown }>(engine: T): T {
    closing.unshift(() => engine.close());
    return engine;
  }
  const close = async () => {
    for (const each of closing) await each();
  };
  try {
    const files = certificateFiles(rpcConfig);
    const tls = keep(mutualTls({ files, trustDomain: rpcConfig.RPC_TRUST_DOMAIN, service: name, clock, log }));
    const rpc = keep(grpcTransport(routes(rpcConfig, tls)));
    const keys = remoteKeys(rpc);
    const auditKey = await keys.intakeKey().catch((cause: Error) => {
      throw new Failure('unavailable', keyServiceAway(rpcConfig, cause), { cause });
    });
    // each is looked at before anything is written: the topics first, then the database
    const ledger = keep(await fabricLedger({ config: fabric, clock, log }));
    const database = keep(await openMongoDatabase(MONGODB_URL, `${MONGODB_PREFIX}${name}`));
    const bus = keep(await kafkaBus(kafka, { log }));
    const store = keep(await mongoEventStore(database, { log }));
    const views = mongoViews(database);
    const engines = { store, views, bus, keys, ledger, clock, ids, log, metrics, rpc, authenticate, auditKey };
    return { engines, tls, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const keyServiceAway = ({ KEYS_RPC }: RpcConfig, { cause, message }: Error) =>
  `The key service at KEYS_RPC ${KEYS_RPC} cannot be asked (${String(cause ?? message).replaceAll('\n', ' ')}): start it first, with a certificate of the CA in RPC_CA.`;
