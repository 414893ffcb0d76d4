import { randomIds, systemClock } from '../clock.ts';
import { configHelp, readConfig, type Section } from '../config.ts';
import { Failure } from '../errors.ts';
import { restServer } from '../rest/server.ts';
import { certificateFiles, rpcSection } from '../rpc/config.ts';
import { grpcServer } from '../rpc/grpc.ts';
import { mutualTls } from '../rpc/mutualTls.ts';
import { type Running, run } from '../run.ts';
import { logger, metricsRegistry } from '../telemetry.ts';
import { localKeys } from './local.ts';
import { keyRpc } from './server.ts';

/** The key service alone in a process: it owns the key file, and answers our own services by mutual TLS. */
const keysConfig = {
  HOST: { type: 'string', default: '127.0.0.1', doc: 'address of health and metrics' },
  HTTP_PORT: { type: 'port', default: 8080, doc: 'health and metrics' },
  KEY_FILE: { type: 'string', default: 'data/keys.db', doc: 'the key file; back it up apart from the stores' },
  LOG_LEVEL: { type: 'string', default: 'info', doc: 'fatal, error, warn, info, debug or silent' },
} as const satisfies Section;

const log = logger(process.env.LOG_LEVEL || 'info');
const usage = `usage: node kernel/keys/main.ts\n\nServes the key file to the services. Variables:\n`;
const [argument] = process.argv.slice(2);
const help = usage + configHelp([keysConfig, rpcSection]);
if (argument === '--help') console.log(help);
else if (argument) {
  console.error(`"${argument}" is not understood.\n${help}`);
  process.exitCode = 2;
} else await run(start, log);

async function start(): Promise<Running> {
  const rpc = readConfig(process.env, rpcSection);
  const [files, trustDomain] = [certificateFiles(rpc), rpc.RPC_TRUST_DOMAIN];
  const tls = mutualTls({ files, trustDomain, service: 'keys', clock: systemClock, log });
  const { KEY_FILE, HOST, HTTP_PORT } = readConfig(process.env, keysConfig);
  const keys = localKeys(KEY_FILE);
  const authenticate = async () => {
    throw new Failure('login', 'The key service takes no tokens.');
  };
  const services = [keyRpc(keys, randomIds)];
  const { RPC_HOST: host, RPC_PORT: port } = rpc;
  const server = await grpcServer({ host, port, services, authenticate, log, ids: randomIds, tls });
  const common = { services: [], authenticate, log, ids: randomIds };
  const http = await restServer({ ...common, metrics: metricsRegistry(), bodyLimit: 1024 });
  await http.listen({ host: HOST, port: HTTP_PORT });
  log.info({ grpc: server.port }, 'the key service serves');
  return {
    async stop() {
      await Promise.all([http.close(), server.stop()]);
      await keys.close();
      tls.close();
    },
  };
}
