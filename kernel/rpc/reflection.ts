import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

/** Server reflection (grpc.reflection.v1) for services of protobuf-es: of their files and all that these import. */
export function reflection(services: readonly DescService[]): ReflectionService {
  const files = new Set<DescFile>();
  const include = (file: DescFile): void => {
    if (files.has(file)) return;
    files.add(file);
    file.dependencies.forEach(include);
  };
  for (const { file } of services) include(file);
  const encoded = [...files].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
  // all that @grpc/reflection reads of a proto-loader package are the encoded files
  const loaded = { services: { fileDescriptorProtos: encoded } } as unknown as PackageDefinition;
  return new ReflectionService(loaded);
}
