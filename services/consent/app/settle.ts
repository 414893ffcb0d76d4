import type { Head } from '../../../contracts/policy.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { lru } from '../../../kernel/keys/lru.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import { isEntered, type LedgerTransactions, type OpenedPolicy } from './ledger.ts';
import { type ConsentLog, type PatientStreams, streamOf } from './streams.ts';

/** Brings the ledger up to the streams now, where a contract is about to look at it. */
export interface Settle {
  /** Resolves to what decides for the patient: the ledger's head commits to it. */
  policy(patient: string): Promise<OpenedPolicy>;
  /** The agreement as far as a transfer depends on it. */
  agreement(id: string): Promise<void>;
}

interface Parts {
  log: ConsentLog;
  streams: PatientStreams;
  ledger: Ledger;
  transactions: LedgerTransactions;
}

/** Agreements whose version is known to be on the ledger. */
const remembered = 10_000;

/**
 * Events are entered in their order, each as safe to submit twice as when it is entered later by itself: whoever comes
 * second changes nothing.
 */
export function settle({ log, streams, ledger, transactions }: Parts): Settle {
  const known = lru<number>(remembered);

  async function headOf(policy: string): Promise<Head | undefined> {
    try {
      return JSON.parse(await ledger.evaluate({ contract: 'consent', fn: 'head', args: [policy] }));
    } catch (error) {
      if (error instanceof Failure && error.code === 'business-rule') return undefined;
      throw error;
    }
  }

  async function enter(events: readonly Recorded<ConsentServiceEvent>[]): Promise<void> {
    for (const recorded of events) if (isEntered(recorded)) await ledger.submit(await transactions.of(recorded));
  }

  const isSame = (one: Head | undefined, { head }: OpenedPolicy) =>
    one?.version === head.version && one.hash === head.hash && one.settings === head.settings;

  return {
    async policy(patient) {
      const opened = await transactions.policy(patient, await streams.head(patient));
      const before = await headOf(opened.head.policy);
      if (isSame(before, opened)) return opened;
      await enter(await log.read(streamOf(patient), { from: (before?.version ?? 0) + 1 }));
      if (isSame(await headOf(opened.head.policy), opened)) return opened;
      const restated = await streams.change(patient, () => ({ events: [{ type: 'PolicyRestated' }] }));
      await enter(restated.recorded);
      return transactions.policy(patient, restated.folded.patient.version);
    },
    async agreement(id) {
      const before = known.get(id) ?? 0;
      const next = await log.read(`agreement/${id}`, { from: before + 1 });
      await enter(next.filter(({ event }) => event.type !== 'TransferFulfilled'));
      known.set(id, before + next.length);
    },
  };
}
