import { setTimeout as pause } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Authenticate } from '../auth/actor.ts';
import type { Ids } from '../clock.ts';
import { Failure } from '../errors.ts';
import { answering } from './answering.ts';
import { type Hosted, health } from './health.ts';
import { defaultLimits, type Limits } from './load.ts';
import { definitionOf, messageLimit } from './methods.ts';
import type { MutualTls } from './mutualTls.ts';
import type { RpcService } from './port.ts';
import { reflection } from './reflection.ts';
import { logRefused } from './refused.ts';

interface Parts {
  host: string;
  /** 0: any free one. */
  port: number;
  services: readonly RpcService[];
  /** Who serves them, as far as they are not always ready. */
  hosted?: readonly Hosted[];
  authenticate: Authenticate;
  log: Logger;
  ids: Ids;
  /** Callers prove who they are by certificate; without it the port is in the clear and callers have only tokens. */
  tls?: MutualTls;
  limits?: Limits;
}

export interface GrpcServer {
  port: number;
  /** Finishes the calls in hand; those that take longer than ten seconds are cut. */
  stop(): Promise<void>;
}

/** After it a connection is made anew, milliseconds: it outlives its certificate by no more. */
const connectionAge = 15 * 60_000;

/**
 * Serves the services over the network, with the health service (grpc.health.v1) and reflection (grpc.reflection.v1).
 */
export async function grpcServer(parts: Parts): Promise<GrpcServer> {
  const { services, hosted = [], authenticate, ids, tls, limits = defaultLimits } = parts;
  const server = new grpc.Server({
    'grpc.max_receive_message_length': messageLimit,
    'grpc.enable_channelz': 0, // nobody asks for its counts, and every call pays for them
    ...(tls && { 'grpc.max_connection_age_ms': connectionAge }),
  });
  const implementationOf = answering({ authenticate, ids, limits, trustDomain: tls?.trustDomain });
  for (const service of services) server.addService(definitionOf(service), implementationOf(service));
  const told = health(server, services, hosted);
  reflection(services.map(({ desc }) => desc)).addToServer(server);
  const credentials = tls?.server ?? grpc.ServerCredentials.createInsecure();
  const port = await bind(server, `${parts.host}:${parts.port}`, credentials);
  if (tls) logRefused(server, parts.log);
  return {
    port,
    async stop() {
      told.stop();
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const patience = new AbortController();
      await Promise.race([drained, pause(10_000, undefined, { signal: patience.signal })]);
      patience.abort();
      server.forceShutdown();
    },
  };
}

function bind(server: grpc.Server, address: string, credentials: grpc.ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error)
        reject(new Failure('unavailable', `gRPC cannot listen on ${address}: ${error.message}`, { cause: error }));
      else resolve(port);
    });
  });
}
