import type { DescMethod } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { traceHeaders } from '../spans.ts';
import { methodOf } from './grpc.ts';
import type { CallOptions, Client, RpcTransport } from './port.ts';
import { failureOf } from './status.ts';

export interface GrpcTransport extends RpcTransport {
  close(): void;
}

/** Reaches services over the network. @param address `host:port` */
export function grpcTransport(address: string, credentials = grpc.credentials.createInsecure()): GrpcTransport {
  const channel = new grpc.Client(address, credentials, { 'grpc.max_receive_message_length': 32 * 1024 * 1024 });
  return {
    client(service) {
      const calls = service.methods.map((method) => [method.localName, caller(channel, service.typeName, method)]);
      return Object.fromEntries(calls) as Client<typeof service>;
    },
    close: () => channel.close(),
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
        const settings = { deadline: Date.now() + (options.timeout ?? 5000) };
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

const settingsOf = ({ timeout }: CallOptions) => (timeout ? { deadline: Date.now() + timeout } : {});

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

function metadataOf({ token }: CallOptions): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (token) metadata.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(traceHeaders())) metadata.set(name, value);
  return metadata;
}
