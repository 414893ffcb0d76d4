import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { Authenticate } from '../auth/actor.ts';
import type { ServiceName } from '../bus/port.ts';
import type { Ids } from '../clock.ts';
import { asFailure, Failure } from '../errors.ts';
import { by, deadlineOf } from './deadline.ts';
import type { CallOptions, Client, RpcContext, RpcService, RpcTransport } from './port.ts';
import { permitCall } from './service.ts';

interface Parts {
  /** Asked until a service is among them, since they are made one after the other. */
  services: () => readonly RpcService[];
  /** The service that calls; absent for a caller from outside. */
  caller?: ServiceName;
  authenticate: Authenticate;
  ids: Ids;
}

type Handler = (request: unknown, context: RpcContext) => unknown;

/**
 * Calls services of the same process: through real serialisation both ways, the same access check and the same errors
 * as over the network, without a socket. So what works here works there.
 */
export function inProcess(parts: Parts): RpcTransport {
  return {
    client(service) {
      const calls = service.methods.map((method) => [method.localName, caller(parts, service.typeName, method)]);
      return Object.fromEntries(calls) as Client<typeof service>;
    },
  };
}

function caller(parts: Parts, typeName: string, method: DescMethod) {
  let found: RpcService | undefined; // once made, a service stays
  const find = () => {
    found ??= parts.services().find(({ desc }) => desc.typeName === typeName);
    if (!found) throw new Failure('unavailable', `${typeName} is not running.`);
    return found;
  };
  const open = async (options: CallOptions | undefined) => {
    const service = find();
    const context = await contextOf(parts, options);
    permitCall(service.policy[method.localName]!, context);
    return { handler: service.handlers[method.localName] as Handler, context };
  };
  if (method.methodKind === 'unary') return unary(method, open);
  return streaming(method, open);
}

type Open = (options: CallOptions | undefined) => Promise<{ handler: Handler; context: RpcContext }>;

function unary(method: DescMethod, open: Open) {
  return async (request: never, options?: CallOptions) => {
    try {
      const { handler, context } = await open(options);
      const deadline = deadlineOf(options ?? {}, 5000)!;
      const answer = by(deadline, () => handler(copy(method.input, request), context)) as Promise<never>;
      return copy(method.output, await withinDeadline(answer, deadline - Date.now()));
    } catch (error) {
      throw asFailure(error);
    }
  };
}

function streaming(method: DescMethod, open: Open) {
  return async function* (request: never, options?: CallOptions) {
    try {
      const { handler, context } = await open(options);
      const input =
        method.methodKind === 'bidi_streaming' ? copies(method.input, request) : copy(method.input, request);
      yield* copies(method.output, handler(input, context) as AsyncIterable<never>);
    } catch (error) {
      throw asFailure(error);
    }
  };
}

/** What the other side gets: the message after a trip through its wire format. */
function copy<D extends DescMessage>(desc: D, message: MessageInitShape<D>) {
  return fromBinary(desc, toBinary(desc, create(desc, message)));
}

async function* copies<D extends DescMessage>(desc: D, messages: AsyncIterable<MessageInitShape<D>>) {
  for await (const message of messages) yield copy(desc, message);
}

async function contextOf({ authenticate, caller, ids }: Parts, options: CallOptions = {}): Promise<RpcContext> {
  const { token, signal, requestId } = options;
  return {
    ...(token && { token, actor: await authenticate(token) }),
    ...(caller && { service: caller }),
    // most handlers never look at it: the controller is made only for those that do
    get signal() {
      return signal ?? new AbortController().signal;
    },
    requestId: requestId ?? ids.uuid(),
  };
}

function withinDeadline<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Failure('timeout', 'The answer took too long; retry.'));
    const timer = setTimeout(late, milliseconds);
    const settle =
      <V>(done: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer);
        done(value);
      };
    answer.then(settle(resolve), settle(reject));
  });
}
