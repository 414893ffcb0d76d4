import type { DescMethod } from '@bufbuild/protobuf';
import type * as grpc from '@grpc/grpc-js';
import { context } from '@opentelemetry/api';
import type { Authenticate } from '../auth/actor.ts';
import type { ServiceName } from '../bus/port.ts';
import type { Ids } from '../clock.ts';
import { Failure } from '../errors.ts';
import { requestIdHeader, saneRequestId } from '../requestId.ts';
import { contextOf } from '../spans.ts';
import { by } from './deadline.ts';
import { holderOf, serviceOf } from './identity.ts';
import { admission, type Limits } from './load.ts';
import type { RpcContext, RpcService } from './port.ts';
import { permitCall } from './service.ts';
import { statusOf } from './status.ts';

export interface Answering {
  authenticate: Authenticate;
  ids: Ids;
  limits: Limits;
  /** Of the callers' certificates; undefined: they come without. */
  trustDomain: string | undefined;
}

type Handler = (request: unknown, context: RpcContext) => unknown;
type Shared = 'metadata' | 'cancelled' | 'getDeadline' | 'getAuthContext';
type Call = Pick<grpc.ServerDuplexStream<unknown, unknown>, Shared> & {
  once(event: 'cancelled', listener: () => void): unknown;
};
type Open = (call: Call) => Promise<RpcContext>;

/**
 * How grpc-js answers the methods of services: who calls is found out and permitted, then the handler works within the
 * caller's deadline and trace. All services share the limits.
 */
export function answering(parts: Answering): (service: RpcService) => grpc.UntypedServiceImplementation {
  const [enterUnary, enterStream] = [admission(parts.limits.unary), admission(parts.limits.streams)];
  return (service) => {
    const entries = service.desc.methods.map((method) => {
      const open = async (call: Call) => {
        const opened = await opening(call, parts);
        permitCall(service.policy[method.localName]!, opened);
        return opened;
      };
      const handler = service.handlers[method.localName] as Handler;
      const unary = method.methodKind === 'unary';
      return [
        method.localName,
        unary ? single(handler, open, enterUnary) : streaming(method, handler, open, enterStream),
      ];
    });
    return Object.fromEntries(entries);
  };
}

function single(handler: Handler, open: Open, enter: () => () => void): grpc.handleUnaryCall<unknown, unknown> {
  return async (call, respond) => {
    let leave: (() => void) | undefined;
    try {
      leave = enter();
      const opened = await open(call);
      respond(null, await within(call, () => handler(call.request, opened)));
    } catch (error) {
      respond(statusOf(error));
    } finally {
      leave?.();
    }
  };
}

function streaming({ methodKind }: DescMethod, handler: Handler, open: Open, enter: () => () => void) {
  return async (call: grpc.ServerDuplexStream<unknown, unknown> & { request: unknown }) => {
    let leave: (() => void) | undefined;
    try {
      leave = enter();
      const opened = await open(call);
      const input = methodKind === 'bidi_streaming' ? call : call.request;
      const answers = () => handler(input, opened) as AsyncIterable<unknown>;
      await within(call, () => send(call, answers(), opened.signal));
    } catch (error) {
      call.emit('error', statusOf(error));
    } finally {
      leave?.();
    }
  };
}

function within<T>(call: Call, work: () => T): T {
  const deadline = Number(call.getDeadline());
  return by(Number.isFinite(deadline) ? deadline : undefined, () =>
    context.with(contextOf(call.metadata.getMap()), work),
  );
}

async function send(
  call: grpc.ServerDuplexStream<unknown, unknown>,
  answers: AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<void> {
  for await (const answer of answers) {
    if (signal.aborted) return;
    if (!call.write(answer)) await drained(call, signal);
  }
  call.end();
}

/** Back-pressure: resolves when the stream takes more, or the caller is gone. */
function drained(call: grpc.ServerDuplexStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    call.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function opening(call: Call, { authenticate, ids, trustDomain }: Answering): Promise<RpcContext> {
  const service = callingService(call, trustDomain);
  let signal: AbortSignal | undefined;
  const [authorization] = call.metadata.get('authorization');
  const token = /^bearer (.+)$/i.exec(String(authorization ?? ''))?.[1];
  return {
    ...(token && { token, actor: await authenticate(token) }),
    ...(service && { service }),
    // most handlers never look at it: the controller is made only for those that do
    get signal() {
      signal ??= signalOf(call);
      return signal;
    },
    requestId: saneRequestId(call.metadata.get(requestIdHeader)[0]) ?? ids.uuid(),
  };
}

/** Aborts when the caller is gone; grpc-js says `cancelled` of every call in the end, the answered ones too. */
function signalOf(call: Call): AbortSignal {
  const gone = new AbortController();
  if (call.cancelled) gone.abort();
  else call.once('cancelled', () => gone.abort());
  return gone.signal;
}

/** The service that the caller's certificate proves it to be. Throws Failure `login` for one of another trust domain. */
function callingService(call: Call, trustDomain: string | undefined): ServiceName | undefined {
  if (!trustDomain) return undefined;
  const holder = holderOf(call.getAuthContext().sslPeerCertificate ?? {}, trustDomain);
  if (!holder) throw new Failure('login', `The certificate is of nobody in spiffe://${trustDomain}.`);
  return serviceOf(holder, trustDomain);
}
