import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError } from '@hyperledger/fabric-gateway';
import { type About, about, contractsVersion } from '../../contracts/fabric/version.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import type { FabricConfig } from './fabricConfig.ts';
import type { FabricConnection } from './fabricConnection.ts';
import { meaningOf, saidIn } from './fabricErrors.ts';
import type { Gateways } from './fabricGateways.ts';

/** What a gateway showed; `missing` may be there in a moment: peers that have just started do not know everything yet. */
type Finding = { kind: 'fine' } | { kind: 'wrong' | 'missing' | 'away'; failure: Failure };

const retryMs = 250;

/**
 * Asks every gateway which version of the contracts its channel has. A gateway that cannot be reached says nothing
 * against it: the platform starts without its ledger, and what is to be anchored waits.
 * @param patience how long the check may take, milliseconds
 * @returns whether a gateway serves
 * @throws Failure that says in one line what is wrong and what to do
 */
export async function checkFabric(
  gateways: Gateways<FabricConnection>,
  config: FabricConfig,
  clock: Clock,
  patience: number,
): Promise<boolean> {
  const deadline = clock.now() + patience;
  for (;;) {
    const findings = await gateways.each((connection, address) => checkOne(connection, address, config));
    const first = (kind: Finding['kind']) => findings.find((finding) => finding.kind === kind);
    const [wrong, missing] = [first('wrong'), first('missing')];
    if (wrong && 'failure' in wrong) throw wrong.failure;
    if (first('fine')) return true;
    if (!missing || !('failure' in missing)) return false;
    if (clock.now() + retryMs > deadline) throw missing.failure;
    await pause(retryMs);
  }
}

async function checkOne(connection: FabricConnection, address: string, config: FabricConfig): Promise<Finding> {
  try {
    const version = await versionAt(connection);
    return version === contractsVersion ? { kind: 'fine' } : otherVersion(version, config);
  } catch (error) {
    return findingIn(error, address, config);
  }
}

/** The version of the contracts that the chaincode says; undefined where it is none of ours. */
async function versionAt({ contract }: FabricConnection): Promise<number | undefined> {
  const answer = Buffer.from(await contract.evaluate(about)).toString();
  try {
    const { chaincode, version }: About = JSON.parse(answer);
    return chaincode === 'healthchain' && Number.isSafeInteger(version) ? version : undefined;
  } catch {
    return undefined;
  }
}

function otherVersion(version: number | undefined, { FABRIC_CHAINCODE: name }: FabricConfig): Finding {
  if (version === undefined)
    return finding(
      'wrong',
      `The chaincode ${name} is an old one of this platform, or none of it: have the organisations install that of this release.`,
    );
  const [who, what] = version < contractsVersion ? ['organisations', 'chaincode'] : ['operator', 'platform'];
  return finding(
    'wrong',
    `The chaincode ${name} has version ${version} of the contracts, this platform ${contractsVersion}: have the ${who} install the newer ${what}.`,
  );
}

function findingIn(error: unknown, address: string, config: FabricConfig): Finding {
  const { kind, failure } = meaningOf(error);
  if (!(error instanceof GatewayError)) return { kind: 'wrong', failure };
  const { FABRIC_CHANNEL: channel, FABRIC_CHAINCODE: chaincode } = config;
  const said = saidIn(error)
    .map(({ message }) => message)
    .join('; ');
  if (/certificate|altnames|SSL routines/i.test(said))
    return finding('wrong', `${address} has a TLS certificate that FABRIC_TLS_CA does not vouch for, or none.`, error);
  if (/failed to get config for channel/.test(said))
    return finding('missing', `${address} is not on the channel ${channel}; see FABRIC_CHANNEL.`, error);
  if (/no peers available to evaluate/.test(said))
    return finding('missing', `The channel ${channel} has no chaincode ${chaincode}; see FABRIC_CHAINCODE.`, error);
  if (/chaincode response/.test(said)) return otherVersion(undefined, config);
  return { kind: kind === 'final' ? 'wrong' : 'away', failure };
}

const finding = (kind: 'wrong' | 'missing', message: string, cause?: unknown): Finding => ({
  kind,
  failure: new Failure('unavailable', message, { cause }),
});
