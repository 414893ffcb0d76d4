import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Client, credentials } from '@grpc/grpc-js';
import { type Contract, connect, hash, type Network, signers } from '@hyperledger/fabric-gateway';
import type { FabricConfig, FabricTiming } from './fabricConfig.ts';
import type { FabricIdentity } from './fabricIdentity.ts';

/** A connection to one peer that has the Gateway service. */
export interface FabricConnection {
  network: Network;
  /** The chaincode. */
  contract: Contract;
  /**
   * Number of the newest block of the peer that answers; -1 if there is none.
   * @param mspId of the organisation whose peer is asked; by default the gateway's choice
   */
  height(mspId?: string): Promise<number>;
  close(): void;
}

/** Opens lazily: nothing is said to the peer before the first call. */
export function fabricConnection(
  address: string,
  config: FabricConfig,
  identity: FabricIdentity,
  timing: FabricTiming,
): FabricConnection {
  const client = new Client(address, credentials.createSsl(identity.tlsCa), channelOptions);
  const within = (milliseconds: number) => () => ({ deadline: Date.now() + milliseconds });
  const gateway = connect({
    client,
    hash: hash.sha256,
    identity: { mspId: identity.mspId, credentials: identity.certificate },
    signer: signers.newPrivateKeySigner(identity.key),
    evaluateOptions: within(timing.call),
    endorseOptions: within(timing.call),
    submitOptions: within(timing.call),
    commitStatusOptions: within(timing.commit),
  });
  const { FABRIC_CHANNEL: channel, FABRIC_CHAINCODE: chaincode } = config;
  const network = gateway.getNetwork(channel);
  return {
    network,
    contract: network.getContract(chaincode),
    async height(mspId) {
      const endorsing = mspId === undefined ? {} : { endorsingOrganizations: [mspId] };
      const info = await network.getContract('qscc').evaluate('GetChainInfo', { arguments: [channel], ...endorsing });
      return blocksIn(info) - 1;
    },
    close() {
      gateway.close();
      client.close();
    },
  };
}

/** A channel of its own, which shares no socket with the one that it replaces; dead peers are noticed, live ones not pestered. */
const channelOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': 120_000,
  'grpc.keepalive_timeout_ms': 20_000,
};

/** The field `height` (1, uint64) of a `common.BlockchainInfo`. */
function blocksIn(info: Uint8Array): number {
  const reader = new BinaryReader(info);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) return Number(reader.uint64());
    reader.skip(type);
  }
  return 0;
}
