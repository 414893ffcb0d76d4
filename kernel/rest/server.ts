import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Authenticate } from '../auth/actor.ts';
import type { Ids } from '../clock.ts';
import { requestIdHeader, saneRequestId } from '../requestId.ts';
import type { Service } from '../service.ts';
import type { Metrics } from '../telemetry.ts';
import { guardRoutes } from './access.ts';
import { drainPolitely } from './drain.ts';
import { operate } from './operate.ts';
import { allowOrigins } from './origins.ts';
import { handleProblems } from './problems.ts';
import { traceRequests } from './trace.ts';

interface Parts {
  services: readonly Service[];
  authenticate: Authenticate;
  log: Logger;
  metrics: Metrics;
  ids: Ids;
  /** Largest request body, bytes. */
  bodyLimit: number;
  /** Addresses and CIDRs of proxies that are believed whom they come for; default nobody. */
  trustedProxies?: string[];
}

/** Bodies that are JSON, whatever they are called. */
const jsonTypes = ['application/json', 'application/fhir+json', 'application/json-patch+json'];

/**
 * The one HTTP server of a process with the routes of its services; not listening yet. `close()` drains: what is in
 * hand is finished, kept-alive connections are told to close.
 */
export async function restServer(parts: Parts): Promise<FastifyInstance> {
  const { services, authenticate, log, metrics, ids, bodyLimit, trustedProxies = [] } = parts;
  const server: FastifyInstance = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    trustProxy: trustedProxies,
    genReqId: ({ headers }) => saneRequestId(headers[requestIdHeader]) ?? ids.uuid(),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    // a misspelled field is refused, not dropped: a consent without its end would be open for ever
    ajv: { customOptions: { removeAdditional: false } },
  });
  traceRequests(server);
  allowOrigins(server);
  guardRoutes(server, authenticate);
  handleProblems(server);
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser(jsonTypes, { parseAs: 'string' }, (request, body, done) => {
    if (request.method === 'DELETE' && body === '')
      done(null); // many clients name a type for a body they do not send
    else parse(request, body as string, done);
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('x-content-type-options', 'nosniff').header(requestIdHeader, request.id);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    done();
  });
  operate(server, services, metrics, drainPolitely(server));
  for (const { rest } of services) if (rest) await server.register(rest);
  return server;
}
