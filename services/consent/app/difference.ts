import { Failure } from '../../../kernel/errors.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Ledger, Transaction } from '../../../kernel/ledger/port.ts';
import type { ConsentServiceEvent, LedgerDiffered } from '../domain/event.ts';
import type { LedgerTransactions } from './ledger.ts';
import type { ConsentLog, PatientStreams } from './streams.ts';

/** What differs, and what the ledger keeps in its place. */
export interface Difference extends Omit<LedgerDiffered, 'type'> {
  ledger: string;
}

/** A read-only function of a contract: its JSON, or undefined where the contract knows nothing of it. */
export type LedgerReader = (contract: Transaction['contract'], fn: string, ...args: string[]) => Promise<unknown>;

export function ledgerReader(ledger: Ledger): LedgerReader {
  return async (contract, fn, ...args) => {
    try {
      return JSON.parse(await ledger.evaluate({ contract, fn, args }));
    } catch (error) {
      if (error instanceof Failure && error.code === 'business-rule') return undefined;
      throw error;
    }
  };
}

/** A stream as it is compared: all of its events, of which those up to `entered` must be on the ledger. */
export interface Compared {
  streams: PatientStreams;
  transactions: LedgerTransactions;
  read: LedgerReader;
  stream: string;
  events: Recorded<ConsentServiceEvent>[];
  entered: number;
}

/** No events where they were erased. */
export async function enteredUpTo(
  log: ConsentLog,
  stream: string,
  entered: number,
): Promise<Pick<Compared, 'stream' | 'events' | 'entered'>> {
  try {
    return { stream, events: await log.read(stream), entered };
  } catch (error) {
    if (error instanceof Failure && error.code === 'deleted') return { stream, events: [], entered };
    throw error;
  }
}
