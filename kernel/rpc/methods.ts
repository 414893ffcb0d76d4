import { create, type DescMethod, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import type { RpcService } from './port.ts';

/** Largest message, bytes: a transaction bundle has to fit. */
export const messageLimit = 32 * 1024 * 1024;

/** A service's methods as grpc-js wants them. */
export function definitionOf({ desc }: Pick<RpcService, 'desc'>): ServiceDefinition {
  return Object.fromEntries(desc.methods.map((method) => [method.localName, methodOf(desc.typeName, method)]));
}

export function methodOf(
  typeName: string,
  { name, input, output, methodKind }: DescMethod,
): MethodDefinition<object, object> {
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
