import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, hash, signers } from '@hyperledger/fabric-gateway';
import { about } from '../../../contracts/fabric/version.ts';
import { chaincodeName, channel, type Network, type Organization, tlsCa, variablesOf } from './network.ts';

/**
 * Commits a transaction through the gateway of an organisation, endorsed by as many as the channel wants. Rejects
 * while it cannot: peers answer reads and health checks before they know each other.
 */
export async function commitThrough(network: Network, of: Organization): Promise<void> {
  const { FABRIC_CERTIFICATE, FABRIC_KEY } = variablesOf(network, of);
  const client = new Client(`localhost:${of.gateway}`, credentials.createSsl(Buffer.from(tlsCa(of))));
  const within = () => ({ deadline: Date.now() + 5000 });
  const gateway = connect({
    client,
    hash: hash.sha256,
    identity: { mspId: of.name, credentials: readFileSync(FABRIC_CERTIFICATE!) },
    signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(FABRIC_KEY!))),
    ...{ endorseOptions: within, submitOptions: within, commitStatusOptions: within },
  });
  try {
    await gateway.getNetwork(channel).getContract(chaincodeName).submit(about);
  } finally {
    gateway.close();
    client.close();
  }
}
