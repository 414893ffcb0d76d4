import type { DescMethod, DescService } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { requestIdHeader } from '../requestId.ts';
import { traceHeaders } from '../spans.ts';
import { deadlineOf } from './deadline.ts';
import { messageLimit, methodOf } from './methods.ts';
import type { CallOptions, Client, RpcTransport } from './port.ts';
import { serviceConfig } from './retries.ts';
import { failureOf } from './status.ts';

export interface GrpcTransport extends RpcTransport {
  close(): void;
}

/** Where a service is. */
export interface Route {
  /** `host:port` */
  address: string;
  /** In the clear where there are none. */
  credentials?: grpc.ChannelCredentials;
}

/**
 * Reaches services over the network. A server that could not be reached is tried again for what may be repeated.
 * @param to `host:port` of them all, or the way to each
 */
export function grpcTransport(to: string | ((service: DescService) => Route)): GrpcTransport {
  const channels = new Map<string, grpc.Client>();
  function open(service: DescService): grpc.Client {
    const { address, credentials } = typeof to === 'string' ? { address: to } : to(service);
    return new grpc.Client(address, credentials ?? grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': messageLimit,
      'grpc.enable_channelz': 0,
      'grpc.service_config': serviceConfig(service),
      'grpc.service_config_disable_resolution': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      'grpc.keepalive_time_ms': 20_000,
      'grpc.keepalive_timeout_ms': 5_000,
      // the name that TLS is told; who may answer is said by the credentials
      ...(credentials && { 'grpc.ssl_target_name_override': service.typeName }),
    });
  }
  return {
    client(service) {
      const channel = channels.get(service.typeName) ?? open(service);
      channels.set(service.typeName, channel);
      const calls = service.methods.map((method) => [method.localName, caller(channel, service.typeName, method)]);
      return Object.fromEntries(calls) as Client<typeof service>;
    },
    close() {
      for (const channel of channels.values()) channel.close();
    },
  };
}

type Message = object;

function caller(channel: grpc.Client, typeName: string, method: DescMethod) {
  const { path, requestSerialize, responseDeserialize } = methodOf(typeName, method) as grpc.MethodDefinition<
    Message,
    Message
  >;
  const wire = [path, requestSerialize, responseDeserialize] as const;
  if (method.methodKind === 'unary') {
    return (request: Message, options: CallOptions = {}) =>
      new Promise((resolve, reject) => {
        const settings = settingsOf(options, 5000);
        const done = (error: unknown, answer?: Message) => (error ? reject(failureOf(error)) : resolve(answer));
        const call = channel.makeUnaryRequest(...wire, request, metadataOf(options), settings, done);
        options.signal?.addEventListener('abort', () => call.cancel(), { once: true });
      });
  }
  if (method.methodKind === 'server_streaming') {
    return (request: Message, options: CallOptions = {}) =>
      answers(channel.makeServerStreamRequest(...wire, request, metadataOf(options), settingsOf(options)), options);
  }
  return (requests: AsyncIterable<Message>, options: CallOptions = {}) => {
    const call = channel.makeBidiStreamRequest(...wire, metadataOf(options), settingsOf(options));
    void send(call, requests);
    return answers(call, options);
  };
}

function settingsOf(options: CallOptions, limit?: number): grpc.CallOptions {
  const deadline = deadlineOf(options, limit);
  return deadline === undefined ? {} : { deadline };
}

async function send(call: grpc.ClientDuplexStream<Message, Message>, requests: AsyncIterable<Message>): Promise<void> {
  try {
    for await (const request of requests) {
      if (!call.write(request)) await new Promise((resolve) => call.once('drain', resolve).once('close', resolve));
    }
    call.end();
  } catch (error) {
    call.destroy(error as Error); // the reader of the answers sees it
  }
}

async function* answers(call: grpc.ClientReadableStream<Message>, { signal }: CallOptions) {
  signal?.addEventListener('abort', () => call.cancel(), { once: true });
  try {
    for await (const answer of call) yield answer;
  } catch (error) {
    throw failureOf(error);
  } finally {
    call.cancel();
  }
}

function metadataOf({ token, requestId }: CallOptions): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (token) metadata.set('authorization', `Bearer ${token}`);
  if (requestId) metadata.set(requestIdHeader, requestId);
  for (const [name, value] of Object.entries(traceHeaders())) metadata.set(name, value);
  return metadata;
}
