import type { FastifyInstance } from 'fastify';
import { demoRoutes } from './demo/rest.ts';
import { seedDemoWorld } from './demo/seed.ts';
import { embeddedEngines } from './embedded.ts';
import type { Authenticate } from './kernel/auth/actor.ts';
import { tokenVerifier } from './kernel/auth/tokens.ts';
import { randomIds, systemClock } from './kernel/clock.ts';
import { configHelp, readConfig } from './kernel/config.ts';
import { refuseTaken } from './kernel/ports.ts';
import { proxiesIn } from './kernel/rest/proxies.ts';
import { restServer } from './kernel/rest/server.ts';
import { grpcServer } from './kernel/rpc/grpc.ts';
import { type Running, run } from './kernel/run.ts';
import type { Service } from './kernel/service.ts';
import { logger, metricsRegistry } from './kernel/telemetry.ts';
import { platformConfig } from './platform.config.ts';
import { auditConfig } from './services/audit/config.ts';
import { auditService } from './services/audit/service.ts';
import { consentConfig } from './services/consent/config.ts';
import { consentService } from './services/consent/service.ts';
import { identityConfig } from './services/identity/config.ts';
import { type Identity, identityService } from './services/identity/service.ts';
import { recordsConfig } from './services/records/config.ts';
import { recordsService } from './services/records/service.ts';
import { researchConfig } from './services/research/config.ts';
import { researchService } from './services/research/service.ts';

const sections = [platformConfig, identityConfig, consentConfig, recordsConfig, auditConfig, researchConfig];

/** The five services of one process, made but not started. */
export interface Platform {
  services: readonly Service[];
  server: FastifyInstance;
  /** Starts the services and listens; `demo` fills an empty data folder with the demo world. */
  start(options: { demo: boolean }): Promise<void>;
  /** Drains: doors first, then services, then engines. */
  stop(): Promise<void>;
}

/** Composes the five services on the embedded engines. Throws Failure `invalid` for variables that are not well-formed. */
export async function embeddedPlatform(env: NodeJS.ProcessEnv): Promise<Platform> {
  const config = readConfig(env, platformConfig);
  const { HOST, HTTP_PORT, GRPC_PORT, DATA_DIR, BODY_LIMIT: bodyLimit } = config;
  const trustedProxies = proxiesIn(config.TRUSTED_PROXIES);
  const baseUrl = config.BASE_URL || `http://localhost:${HTTP_PORT}`;
  const log = logger(config.LOG_LEVEL);
  const metrics = metricsRegistry();
  const services: Service[] = [];
  const rpcServices = () => services.flatMap(({ rpc }) => rpc);
  let identity: Identity | undefined;
  const verify = tokenVerifier({
    issuer: `${baseUrl}/auth`,
    audience: `${baseUrl}/fhir`,
    jwks: () => identity!.jwks(),
    clock: systemClock,
  });
  const authenticate: Authenticate = (token) => verify(token);
  const embedded = await embeddedEngines({ folder: DATA_DIR, log, metrics, authenticate, rpcServices });

  identity = await identityService(embedded.engines('identity'), { ...readConfig(env, identityConfig), baseUrl });
  services.push(identity);
  services.push(await consentService(embedded.engines('consent'), { ...readConfig(env, consentConfig), baseUrl }));
  services.push(await auditService(embedded.engines('audit'), { ...readConfig(env, auditConfig), baseUrl }));
  services.push(await recordsService(embedded.engines('records'), { ...readConfig(env, recordsConfig), baseUrl }));
  services.push(await researchService(embedded.engines('research'), readConfig(env, researchConfig)));

  const server = await restServer({
    ...{ services, authenticate, log, metrics, ids: randomIds, bodyLimit, trustedProxies },
  });
  const demo = demoRoutes(embedded.rpc);
  server.register(demo.rest);
  let grpc: Awaited<ReturnType<typeof grpcServer>> | undefined;
  return {
    services,
    server,
    async start(options) {
      for (const service of services) await service.start();
      grpc = await grpcServer({
        host: HOST,
        port: GRPC_PORT,
        services: rpcServices(),
        hosted: services,
        authenticate,
        log,
        ids: randomIds,
      });
      await server.listen({ host: HOST, port: HTTP_PORT });
      log.info({ http: baseUrl, grpc: grpc.port }, 'HealthChain serves');
      if (!options.demo) return;
      await seedDemoWorld({ server: `http://${HOST}:${HTTP_PORT}`, rpc: embedded.rpc, folder: DATA_DIR });
      demo.open();
      log.info('the demo world is there: "npm run -s cli -- users" lists its people');
    },
    async stop() {
      for (const service of services) service.drain?.();
      await Promise.all([server.close(), grpc?.stop()]);
      for (const service of [...services].reverse()) await service.stop();
      await embedded.close();
    },
  };
}

const usage = `usage: npm start -- [--no-demo] [--distributed]

Starts the platform in one process; --distributed: on engines of the kit, each service in a process of its own. Variables:
`;

async function main(argv: string[]): Promise<void> {
  if (argv.includes('--help')) return console.log(usage + configHelp(sections));
  const unknown = argv.find((argument) => !['--no-demo', '--distributed'].includes(argument));
  if (unknown) {
    console.error(`"${unknown}" is not understood.\n${usage}${configHelp(sections)}`);
    process.exitCode = 2;
    return;
  }
  const demo = !argv.includes('--no-demo') && process.env.NODE_ENV !== 'production';
  const log = logger(process.env.LOG_LEVEL || 'info');
  if (argv.includes('--distributed')) {
    const { distributedPlatform } = await import('./deploy/native/distributed.ts');
    return run(() => distributedPlatform(process.env, log, demo), log);
  }
  await run(async (): Promise<Running> => {
    const { HOST, HTTP_PORT, GRPC_PORT } = readConfig(process.env, platformConfig);
    await refuseTaken(HOST, { HTTP_PORT, GRPC_PORT }); // before the folder is touched
    const platform = await embeddedPlatform(process.env);
    await platform.start({ demo });
    return platform;
  }, log);
}

if (import.meta.main) await main(process.argv.slice(2));
