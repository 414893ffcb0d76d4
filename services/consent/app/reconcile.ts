import { WrongVersion } from '../../../kernel/errors.ts';
import type { EventStore } from '../../../kernel/eventstore/port.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import { comparedAgreement } from './compareAgreement.ts';
import { comparedPatient } from './comparePatient.ts';
import { type Difference, enteredUpTo, ledgerReader } from './difference.ts';
import type { LedgerTransactions } from './ledger.ts';
import type { ConsentLog, PatientStreams } from './streams.ts';

/** Compares what the ledger keeps with what the events come to, as far as they have been entered. */
export interface Reconciliation {
  /** One comparison of everything. A difference is recorded, and told, once. */
  round(): Promise<void>;
  /** How many the last round found. */
  differences(): number;
}

interface Parts {
  store: EventStore;
  log: ConsentLog;
  streams: PatientStreams;
  ledger: Ledger;
  transactions: LedgerTransactions;
  keyring: Keyring;
}

const page = 500;

export function reconciliation({ store, log, streams, ledger, transactions, keyring }: Parts): Reconciliation {
  const read = ledgerReader(ledger);
  let found = 0;

  /** Each stream that something was entered of, with its version then. */
  async function entered(): Promise<Map<string, number>> {
    const until = await store.cursor('ledger');
    const versions = new Map<string, number>();
    for (let after = 0; after < until; ) {
      const commits = await store.readAll(after, page);
      for (const { position, stream, events } of commits)
        if (position <= until && /^(consent|agreement)\//.test(stream)) versions.set(stream, events.at(-1)!.version);
      after = commits.at(-1)?.position ?? until;
    }
    return versions;
  }

  async function compared(stream: string, version: number): Promise<{ patient: string; differences: Difference[] }> {
    const past = await enteredUpTo(log, stream, version);
    const [first] = past.events;
    if (!first) return { patient: '', differences: [] };
    const of = { streams, transactions, read, ...past };
    const differences = stream.startsWith('consent/') ? comparedPatient(of) : comparedAgreement(of);
    return { patient: first.owner, differences: await differences };
  }

  async function record(patient: string, { kind, of, ledger: kept }: Difference): Promise<void> {
    const stream = `difference/${keyring.mac(JSON.stringify([patient, kind, of, kept]))}`;
    const events = [{ type: 'LedgerDiffered', kind, of } as const];
    await log.append([{ stream, expected: 0, owner: patient, events }]).catch(unlessTold);
  }

  return {
    async round() {
      let differing = 0;
      for (const [stream, version] of await entered()) {
        const { patient, differences } = await compared(stream, version);
        differing += differences.length;
        for (const difference of differences) await record(patient, difference);
      }
      found = differing;
    },
    differences: () => found,
  };
}

function unlessTold(error: unknown): void {
  if (!(error instanceof WrongVersion)) throw error;
}
