import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError } from '@hyperledger/fabric-gateway';
import { type About, about, contractsVersion } from '../../contracts/fabric/version.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import type { FabricConfig } from './fabricConfig.ts';
import type { FabricConnection } from './fabricConnection.ts';
import { meaningOf, saidIn } from './fabricErrors.ts';
import type { Gateways } from './fabricGateways.ts';

const retryMs = 250;

/**
 * Asks every gateway which version of the contracts its channel has. A gateway that cannot be reached says nothing
 * against it: the platform starts without its ledger, and what is to be anchored waits.
 * @param patience how long the check may take, milliseconds
 * @returns whether any gateway answered
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
    const outcomes = await gateways.each((connection, address) => checkOne(connection, address, config));
    const wrong = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Problem] : []));
    const fatal = wrong.find(({ kind }) => kind === 'wrong') ?? wrong.find(({ kind }) => kind === 'missing');
    const isOver = clock.now() + retryMs > deadline;
    if (fatal && (fatal.kind === 'wrong' || isOver)) throw fatal.failure;
    if (wrong.length < outcomes.length) return true;
    if (isOver || !fatal) return false;
    await pause(retryMs);
  }
}

/** `missing` may be there in a moment: peers that have just started do not know each other's chaincodes yet. */
class Problem extends Error {
  readonly kind: 'wrong' | 'missing' | 'away';
  readonly failure: Failure;
  constructor(kind: Problem['kind'], failure: Failure) {
    super(failure.message, { cause: failure });
    this.kind = kind;
    this.failure = failure;
  }
}

async function checkOne(connection: FabricConnection, address: string, config: FabricConfig): Promise<void> {
  const version = await versionAt(connection).catch((error) => {
    throw problemOf(error, address, config);
  });
  if (version === undefined) throw foreign(config);
  if (version === contractsVersion) return;
  const [who, what] = version < contractsVersion ? ['organisations', 'chaincode'] : ['operator', 'platform'];
  const message = `The chaincode ${config.FABRIC_CHAINCODE} has version ${version} of the contracts, this platform ${contractsVersion}: have the ${who} install the newer ${what}.`;
  throw new Problem('wrong', new Failure('unavailable', message));
}

function problemOf(error: unknown, address: string, config: FabricConfig): Problem {
  if (!(error instanceof GatewayError)) return new Problem('wrong', meaningOf(error).failure);
  const said = saidIn(error)
    .map(({ message }) => message)
    .join('; ');
  const { FABRIC_CHANNEL: channel, FABRIC_CHAINCODE: chaincode } = config;
  if (/certificate|altnames|SSL routines/i.test(said))
    return wrong(`${address} has a TLS certificate that FABRIC_TLS_CA does not vouch for, or none.`, error);
  if (/failed to get config for channel/.test(said))
    return missing(`${address} is not on the channel ${channel}; see FABRIC_CHANNEL.`, error);
  if (/no peers available to evaluate/.test(said))
    return missing(`The channel ${channel} has no chaincode ${chaincode}; deploy it, or see FABRIC_CHAINCODE.`, error);
  if (/chaincode response/.test(said)) return foreign(config, error);
  const { kind, failure } = meaningOf(error);
  return new Problem(kind === 'final' ? 'wrong' : 'away', failure);
}

const wrong = (message: string, cause: unknown) => new Problem('wrong', new Failure('unavailable', message, { cause }));
const missing = (message: string, cause: unknown) =>
  new Problem('missing', new Failure('unavailable', message, { cause }));
const foreign = ({ FABRIC_CHAINCODE: name }: FabricConfig, cause?: unknown) =>
  wrong(
    `The chaincode ${name} is an old one of this platform, or none of it: have the organisations install the one of this release.`,
    cause,
  );

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
