import { setTimeout as pause } from 'node:timers/promises';
import { type ChaincodeEvent, type Checkpointer, checkpointers } from '@hyperledger/fabric-gateway';
import type { FabricConnection } from './fabricConnection.ts';
import { meaningOf } from './fabricErrors.ts';
import type { Gateways, Lease } from './fabricGateways.ts';
import type { ContractEvent, ContractName } from './port.ts';

interface Parts {
  gateways: Gateways<FabricConnection>;
  chaincode: string;
  /** A stream that was silent for so long is opened again; milliseconds. */
  quiet: number;
}

/** Pause before a stream that ended is opened again, milliseconds. */
const retryMs = 500;

/**
 * Contract events from a block on, then live, until the signal. A stream that breaks or falls silent is opened again,
 * through whichever gateway serves, right after the last event that was taken.
 * @throws Failure where another try is of no use
 */
export async function* fabricEvents(parts: Parts, from: number, signal: AbortSignal): AsyncGenerator<ContractEvent> {
  const taken = checkpointers.inMemory();
  while (!signal.aborted) {
    const lease = parts.gateways.lease();
    try {
      yield* oneStream(parts, lease, { from, taken, signal });
    } catch (error) {
      if (signal.aborted) return;
      lease.failed(error);
      const meaning = meaningOf(error);
      if (meaning.kind !== 'again') throw meaning.failure;
    } finally {
      lease.release();
    }
    await pause(retryMs, undefined, { signal }).catch(() => {}); // the signal ends the pause
  }
}

interface Reading {
  from: number;
  taken: Checkpointer;
  signal: AbortSignal;
}

/** The events of one stream, until it is quiet for too long or the signal aborts. Rejects where it breaks. */
async function* oneStream(parts: Parts, lease: Lease<FabricConnection>, { from, taken, signal }: Reading) {
  const position = { startBlock: BigInt(Math.max(from, 0)), checkpoint: taken };
  const stream = await lease.connection.network.getChaincodeEvents(parts.chaincode, position);
  let ended = false;
  const end = () => {
    ended = true;
    stream.close();
  };
  const quiet = setTimeout(end, parts.quiet);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    for await (const event of stream) {
      lease.answered();
      quiet.refresh();
      yield contractEvent(event);
      await taken.checkpointChaincodeEvent(event);
    }
  } catch (error) {
    if (!ended) throw error; // else it says that it was cancelled
  } finally {
    clearTimeout(quiet);
    signal.removeEventListener('abort', end);
    stream.close();
  }
}

/** Names are those of `eventName` in contracts/fabric/version.ts. */
function contractEvent({ blockNumber, transactionId, eventName, payload }: ChaincodeEvent): ContractEvent {
  const dot = eventName.indexOf('.');
  return {
    block: Number(blockNumber),
    transactionId,
    contract: eventName.slice(0, dot) as ContractName,
    name: eventName.slice(dot + 1),
    payload: Buffer.from(payload).toString(),
  };
}
