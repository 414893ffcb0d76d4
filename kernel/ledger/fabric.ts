import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { type FabricConfig, type FabricTiming, fabricTiming } from './fabricConfig.ts';
import { fabricConnection } from './fabricConnection.ts';
import { fabricEvents } from './fabricEvents.ts';
import { gateways } from './fabricGateways.ts';
import { fabricIdentity } from './fabricIdentity.ts';
import { checkFabric } from './fabricStart.ts';
import { submitter } from './fabricSubmit.ts';
import type { Ledger } from './port.ts';
import { slots } from './slots.ts';

interface Parts {
  config: FabricConfig;
  clock: Clock;
  log: Logger;
  timing?: FabricTiming;
}

/**
 * The ledger on Hyperledger Fabric, through the Gateway service of the organisation's own peers and, while none of them
 * serves, of others; see docs/adr/0018-fabric-retries-and-refusals.md. Opens also where no gateway can be reached.
 * @throws Failure within 10 s with one line that says what is wrong with the configuration, the identity or the chaincode
 */
export async function fabricLedger({ config, clock, log, timing = fabricTiming }: Parts): Promise<Ledger> {
  const identity = fabricIdentity(config, clock.now());
  const ways = gateways({
    addresses: addressesIn(config),
    open: (address) => fabricConnection(address, config, identity, timing),
    ...{ clock, log, rest: timing.rest, stuck: timing.stuck },
  });
  let checked = await checkFabric(ways, config, clock, timing.start).catch((error) => {
    ways.close();
    throw error;
  });
  if (!checked) log.warn('no Fabric gateway can be reached: what is to be anchored waits');
  const transactions = submitter({ gateways: ways, clock, patience: timing.patience });
  const inFlight = slots(config.FABRIC_IN_FLIGHT);
  let closed = false;

  async function open<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new Failure('unavailable', 'The ledger is closed.');
    checked ||= await checkFabric(ways, config, clock, timing.start);
    return work();
  }

  return {
    submit: (transaction) => open(() => inFlight.run(() => transactions.submit(transaction))),
    evaluate: (transaction) => open(() => transactions.evaluate(transaction)),
    events: (fromBlock, signal) =>
      fabricEvents({ gateways: ways, chaincode: config.FABRIC_CHAINCODE, quiet: timing.quiet }, fromBlock, signal),
    height: () => open(() => transactions.height()),
    async close() {
      closed = true;
      await inFlight.idle();
      ways.close();
    },
  };
}

function addressesIn({ FABRIC_GATEWAYS }: FabricConfig): string[] {
  const addresses = FABRIC_GATEWAYS.split(',').map((address) => address.trim());
  const odd = addresses.find((address) => !/^[^\s:/]+:\d+$/.test(address));
  if (odd === undefined) return addresses;
  throw new Failure('invalid', `FABRIC_GATEWAYS: "${odd}" is not host:port.`);
}
