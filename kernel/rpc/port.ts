import type { DescMethod, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Actor } from '../auth/actor.ts';
import type { ServiceName } from '../bus/port.ts';

/** Who may call a method: anybody, a verified token with this SMART v2 scope (any scope: `token`), or our own services. */
export type RpcAccess = 'public' | 'token' | 'services' | 'services-or-token' | { scope: string };

export interface RpcContext {
  /** The verified token's actor. Present unless the access is `public` or the caller is a service without a token. */
  actor?: Actor;
  /** The token itself, to forward. */
  token?: string;
  /** The calling service, where its identity is proven. */
  service?: ServiceName;
  /** Aborts when the caller gives up or its deadline passes. */
  signal: AbortSignal;
  requestId: string;
}

type Input<M extends DescMethod> = MessageShape<M['input']>;
type Output<M extends DescMethod> = MessageInitShape<M['output']>;

/** A method's handler, by its kind. */
export type Handler<M extends DescMethod> = M['methodKind'] extends 'unary'
  ? (request: Input<M>, context: RpcContext) => Promise<Output<M>>
  : M['methodKind'] extends 'server_streaming'
    ? (request: Input<M>, context: RpcContext) => AsyncIterable<Output<M>>
    : M['methodKind'] extends 'bidi_streaming'
      ? (requests: AsyncIterable<Input<M>>, context: RpcContext) => AsyncIterable<Output<M>>
      : never;

export type Implementation<S extends DescService> = { [K in keyof S['method']]: Handler<S['method'][K]> };
export type Policy<S extends DescService> = { [K in keyof S['method']]: RpcAccess };

/** A service with its handlers and, for every method, who may call it; made by `rpcService`. */
export interface RpcService {
  desc: DescService;
  policy: Record<string, RpcAccess>;
  handlers: Record<string, (request: never, context: RpcContext) => unknown>;
}

export interface CallOptions {
  /** Bearer token to act with. */
  token?: string;
  /** Milliseconds; default 5,000 for unary calls, none for streams; a handler's calls end with the call it answers. */
  timeout?: number;
  signal?: AbortSignal;
  /** Of the request that is being answered; default: a new one. */
  requestId?: string;
}

type Call<M extends DescMethod> = M['methodKind'] extends 'unary'
  ? (request: MessageInitShape<M['input']>, options?: CallOptions) => Promise<MessageShape<M['output']>>
  : M['methodKind'] extends 'server_streaming'
    ? (request: MessageInitShape<M['input']>, options?: CallOptions) => AsyncIterable<MessageShape<M['output']>>
    : M['methodKind'] extends 'bidi_streaming'
      ? (
          requests: AsyncIterable<MessageInitShape<M['input']>>,
          options?: CallOptions,
        ) => AsyncIterable<MessageShape<M['output']>>
      : never;

/** A typed client; every failure comes back as the `Failure` that the handler threw. */
export type Client<S extends DescService> = { [K in keyof S['method']]: Call<S['method'][K]> };

/** Reaches services: in one process through real serialisation, over the network through grpc-js. */
export interface RpcTransport {
  client<S extends DescService>(service: S): Client<S>;
}
