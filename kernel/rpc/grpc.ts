import { setTimeout as pause } from 'node:timers/promises';
import { create, type DescMethod, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { context } from '@opentelemetry/api';
import { HealthImplementation } from 'grpc-health-check';
import type { Logger } from 'pino';
import type { Authenticate } from '../auth/actor.ts';
import type { Ids } from '../clock.ts';
import { asFailure, Failure } from '../errors.ts';
import { contextOf } from '../spans.ts';
import type { RpcContext, RpcService } from './port.ts';
import { reflection } from './reflection.ts';
import { permitCall } from './service.ts';
import { statusOf } from './status.ts';

interface Parts {
  host: string;
  /** 0: any free one. */
  port: number;
  services: readonly RpcService[];
  authenticate: Authenticate;
  log: Logger;
  ids: Ids;
}

export interface GrpcServer {
  port: number;
  /** Finishes the calls in hand; those that take longer than ten seconds are cut. */
  stop(): Promise<void>;
}

/** Largest message, bytes: a transaction bundle has to fit. */
const messageLimit = 32 * 1024 * 1024;

/** Serves the services over the network, with the health service (grpc.health.v1) and reflection (grpc.reflection.v1). */
export async function grpcServer(parts: Parts): Promise<GrpcServer> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': messageLimit });
  for (const service of parts.services) {
    server.addService(definitionOf(service), implementationOf(service, parts));
  }
  const health = new HealthImplementation({ '': 'SERVING' });
  health.addToServer(server);
  reflection(parts.services.map(({ desc }) => desc)).addToServer(server);
  const port = await bind(server, `${parts.host}:${parts.port}`);
  return {
    port,
    async stop() {
      health.setStatus('', 'NOT_SERVING');
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const patience = new AbortController();
      await Promise.race([drained, pause(10_000, undefined, { signal: patience.signal })]);
      patience.abort();
      server.forceShutdown();
    },
  };
}

function bind(server: grpc.Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error)
        reject(new Failure('unavailable', `gRPC cannot listen on ${address}: ${error.message}`, { cause: error }));
      else resolve(port);
    });
  });
}

/** A service's methods as grpc-js wants them. */
export function definitionOf({ desc }: Pick<RpcService, 'desc'>): grpc.ServiceDefinition {
  return Object.fromEntries(desc.methods.map((method) => [method.localName, methodOf(desc.typeName, method)]));
}

export function methodOf(
  typeName: string,
  { name, input, output, methodKind }: DescMethod,
): grpc.MethodDefinition<object, object> {
  return {
    path: `/${typeName}/${name}`,
    requestStream: methodKind === 'bidi_streaming' || methodKind === 'client_streaming',
    responseStream: methodKind === 'bidi_streaming' || methodKind === 'server_streaming',
    requestSerialize: (message: object) =>
      Buffer.from(toBinary(input, create(input, message as MessageInitShape<typeof input>))),
    requestDeserialize: (bytes) => fromBinary(input, bytes) as object,
    responseSerialize: (message: object) =>
      Buffer.from(toBinary(output, create(output, message as MessageInitShape<typeof output>))),
    responseDeserialize: (bytes) => fromBinary(output, bytes) as object,
  };
}

type Handler = (request: unknown, context: RpcContext) => unknown;

function implementationOf(service: RpcService, parts: Parts): grpc.UntypedServiceImplementation {
  const entries = service.desc.methods.map((method) => {
    const open = async (call: Call) => {
      const opened = await opening(call, parts);
      permitCall(service.policy[method.localName]!, opened);
      return opened;
    };
    const handler = service.handlers[method.localName] as Handler;
    return [method.localName, method.methodKind === 'unary' ? unary(handler, open) : streaming(method, handler, open)];
  });
  return Object.fromEntries(entries);
}

type Call = { metadata: grpc.Metadata; once(event: 'cancelled', listener: () => void): unknown };
type Open = (call: Call) => Promise<RpcContext>;

function unary(handler: Handler, open: Open): grpc.handleUnaryCall<unknown, unknown> {
  return async (call, respond) => {
    try {
      const opened = await open(call);
      respond(null, await context.with(contextOf(call.metadata.getMap()), () => handler(call.request, opened)));
    } catch (error) {
      respond(statusOf(error));
    }
  };
}

function streaming({ methodKind }: DescMethod, handler: Handler, open: Open) {
  return async (call: grpc.ServerDuplexStream<unknown, unknown> & { request: unknown }) => {
    try {
      const opened = await open(call);
      const input = methodKind === 'bidi_streaming' ? call : call.request;
      const answers = context.with(contextOf(call.metadata.getMap()), () => handler(input, opened));
      for await (const answer of answers as AsyncIterable<unknown>) {
        if (opened.signal.aborted) return;
        if (!call.write(answer)) await drained(call, opened.signal);
      }
      call.end();
    } catch (error) {
      call.emit('error', statusOf(error));
    }
  };
}

/** Back-pressure: resolves when the stream takes more, or the caller is gone. */
function drained(call: grpc.ServerDuplexStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    call.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function opening(call: Call, { authenticate, ids }: Parts): Promise<RpcContext> {
  const gone = new AbortController();
  call.once('cancelled', () => gone.abort());
  const [authorization] = call.metadata.get('authorization');
  const token = /^bearer (.+)$/i.exec(String(authorization ?? ''))?.[1];
  const requestId = ids.uuid();
  try {
    return { ...(token && { token, actor: await authenticate(token) }), signal: gone.signal, requestId };
  } catch (error) {
    throw asFailure(error);
  }
}
