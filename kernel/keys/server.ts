import { KeyService as KeyServiceRpc } from '../../proto/gen/healthchain/keys/v1/keys_pb.ts';
import type { Ids } from '../clock.ts';
import { Failure } from '../errors.ts';
import type { RpcContext, RpcService } from '../rpc/port.ts';
import { rpcService } from '../rpc/service.ts';
import { intakeKeyPair } from './detail.ts';
import type { KeyService } from './port.ts';

/** What `secret` is asked for where it must not make one. */
class Absent extends Error {}

/**
 * Serves a key service to the other processes of the platform. A service is known by its certificate, and reaches only
 * keys and secrets whose names begin with its own.
 */
export function keyRpc(keys: KeyService, ids: Ids): RpcService {
  const access = 'services';
  return rpcService(
    KeyServiceRpc,
    {
      create: access,
      wrap: access,
      unwrap: access,
      exists: access,
      destroy: access,
      secret: access,
      intakeKey: access,
    },
    {
      async create({ name }, context) {
        await keys.create(owned(name, context));
        return {};
      },
      wrap: async ({ name, dataKey }, context) => ({ wrapped: await keys.wrap(owned(name, context), dataKey) }),
      unwrap: async ({ name, wrapped }, context) => ({ dataKey: await keys.unwrap(owned(name, context), wrapped) }),
      async exists({ names }, context) {
        return { exists: await Promise.all(names.map((name) => keys.exists(owned(name, context)))) };
      },
      async destroy({ name }, context) {
        await keys.destroy(owned(name, context));
        return {};
      },
      secret: async ({ name, proposed }, context) => ({ secret: await secret(keys, owned(name, context), proposed) }),
      async intakeKey() {
        const intake = await keys.secret('audit/intake', () => ids.bytes(32));
        return { publicKey: intakeKeyPair(intake).publicKey };
      },
    },
  );
}

function owned(name: string, { service }: RpcContext): string {
  if (service && name.startsWith(`${service}/`)) return name;
  throw new Failure('forbidden', 'This key is of another service.');
}

/** The stored secret, or the proposed one, stored; empty where there is neither. */
async function secret(keys: KeyService, name: string, proposed: Uint8Array): Promise<Uint8Array> {
  try {
    return await keys.secret(name, () => {
      if (proposed.length === 0) throw new Absent();
      return proposed;
    });
  } catch (error) {
    if (error instanceof Absent) return new Uint8Array();
    throw error;
  }
}
