import { KeyService as KeyServiceRpc } from '../../proto/gen/healthchain/keys/v1/keys_pb.ts';
import { lanes } from '../lanes.ts';
import type { RpcTransport } from '../rpc/port.ts';
import type { KeyService } from './port.ts';

/** The key service as another process serves it (`server.ts`). `close` leaves the transport open. */
export interface RemoteKeys extends KeyService {
  /** The raw X25519 public key that details are sealed to. */
  intakeKey(): Promise<Uint8Array>;
}

/** A question whether a key is there; all that wait are asked together, and none by an answer from before it. */
interface Asking {
  name: string;
  resolve(exists: boolean): void;
  reject(error: unknown): void;
}

/** @param rpc by which the key service knows the calling service: it serves nobody else */
export function remoteKeys(rpc: RpcTransport): RemoteKeys {
  const keys = rpc.client(KeyServiceRpc);
  const asking = lanes<Asking>(4, 1000, async (group) => {
    try {
      const { exists } = await keys.exists({ names: group.map(({ name }) => name) });
      for (const [index, { resolve }] of group.entries()) resolve(exists[index]!);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  });
  return {
    create: async (name) => void (await keys.create({ name })),
    wrap: async (name, dataKey) => (await keys.wrap({ name, dataKey })).wrapped,
    unwrap: async (name, wrapped) => (await keys.unwrap({ name, wrapped })).dataKey,
    exists: (name) => new Promise((resolve, reject) => asking.add({ name, resolve, reject })),
    destroy: async (name) => void (await keys.destroy({ name })),
    async secret(name, make) {
      const { secret } = await keys.secret({ name });
      return secret.length > 0 ? secret : (await keys.secret({ name, proposed: make() })).secret;
    },
    intakeKey: async () => (await keys.intakeKey({})).publicKey,
    async close() {},
  };
}
