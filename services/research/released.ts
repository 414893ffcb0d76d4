import type { SealedStore } from '../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../kernel/keys/keyring.ts';
import { ledgerEntries } from '../../kernel/ledger/entries.ts';
import type { NoteSigner } from '../../kernel/merkle/note.ts';
import type { Engines } from '../../kernel/service.ts';
import type { Projector } from '../../kernel/views/projection.ts';
import { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { ledgerTransaction, ledgerTypes } from './app/anchor.ts';
import { appender } from './app/log.ts';
import { group, reactTo, topics } from './app/react.ts';
import { type Recalls, recalls } from './app/recalls.ts';
import { packageOwner } from './app/release/stored.ts';
import { releaseChanges } from './app/releaseLog.ts';
import { listReleases } from './app/releaseViews.ts';
import { type Subjects, subjects } from './app/subjects.ts';
import { sweeping } from './app/sweeping.ts';
import { type Withdrawals, withdrawals } from './app/withdrawals.ts';
import type { ResearchConfig } from './config.ts';
import type { ResearchEvent } from './domain/event.ts';

/** What becomes of releases after they left. */
export interface Released {
  subjects: Subjects;
  withdrawals: Withdrawals;
  recalls: Recalls;
  /** A release was published: it is compared now too. */
  published(): void;
  /** Compares every release with the consents, now and whenever these change; enters recalls in the ledger. */
  start(): Promise<void>;
  /** Finishes what is in hand. */
  stop(): Promise<void>;
}

interface Parts {
  engines: Engines;
  config: ResearchConfig;
  log: SealedStore<ResearchEvent>;
  projector: Projector<ResearchEvent>;
  keyring: Keyring;
  lease: Parameters<typeof ledgerEntries>[0]['lease'];
  signer: NoteSigner;
}

const day = 24 * 3600_000;

export function released({ engines, config, log, projector, keyring, lease, signer }: Parts): Released {
  const { store, views, bus, ledger, clock, ids, rpc, metrics, log: logger } = engines;
  const append = appender(log, projector);
  const held = subjects({ log, append, views, keyring, clock, ids });
  const common = { log, clock, change: releaseChanges(log, append), releases: () => listReleases(views, log) };
  const consent = rpc.client(ConsentService);
  const epoch = config.RESEARCH_EPOCH_DAYS * day;
  const within = config.RESEARCH_RECALL_DAYS * day;
  const shred = (release: string) => keyring.destroy(packageOwner(release));
  const watch = withdrawals({ ...common, subjects: held, shred, consent, within, epoch });
  const sweep = sweeping({
    ...{ sweep: watch.sweep, logger, intervalMs: config.RESEARCH_SWEEP_MS, retryMs: 1000 },
  });
  const entries = ledgerEntries({
    ...{ cursor: 'ledger', store, log, ledger, lease, logger, retryMs: 1000 },
    ...{ types: ledgerTypes, transaction: ledgerTransaction },
  });
  metrics.gauge('healthchain_ledger_lag', { service: 'research' }, entries.lag);
  metrics.gauge('healthchain_bus_lag', { group }, () => bus.lag(group, topics));
  metrics.gauge('healthchain_bus_parked', { group }, async () => (await bus.parked(group)).length);
  let consumer: Awaited<ReturnType<typeof reactTo>> | undefined;
  return {
    subjects: held,
    withdrawals: watch,
    recalls: recalls({ ...common, signer, epoch }),
    published: sweep.wake,
    async start() {
      consumer = await reactTo(bus, sweep.wake);
      sweep.start();
      entries.start();
    },
    async stop() {
      await Promise.all([consumer?.stop(), sweep.stop(), entries.stop()]);
    },
  };
}
