import { relay } from '../../kernel/bus/relay.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { detailSealer } from '../../kernel/keys/detail.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import { workerLease } from '../../kernel/lease.ts';
import { ledgerEntries } from '../../kernel/ledger/entries.ts';
import type { Engines, Service } from '../../kernel/service.ts';
import { projector } from '../../kernel/views/projection.ts';
import { consentRpc } from './api/grpc.ts';
import { consentRest } from './api/rest.ts';
import { agreementStreams } from './app/agreementStreams.ts';
import { agreementProjection } from './app/agreementViews.ts';
import { consentApp } from './app/app.ts';
import { changes as changesOf } from './app/changes.ts';
import { consentingProjection } from './app/consenting.ts';
import { directoryOf } from './app/directory.ts';
import { mandatesOf, organizationsOf, peopleOf } from './app/identity.ts';
import { ledgerTransactions, ledgerTypes } from './app/ledger.ts';
import { notificationProjection } from './app/notifications.ts';
import { publish } from './app/publish.ts';
import { reconciliation } from './app/reconcile.ts';
import { endingProjection } from './app/reminders.ts';
import { rounds } from './app/rounds.ts';
import { settle } from './app/settle.ts';
import { patientStreams } from './app/streams.ts';
import { whereaboutsProjection } from './app/views.ts';
import { type ConsentConfig, deploymentOf } from './config.ts';
import type { ConsentServiceEvent } from './domain/event.ts';

/**
 * The consent service: each patient's consents, break-glass, and the answer to who may do what.
 * Throws Failure `invalid` for a configuration that is not understood.
 */
export async function consentService(engines: Engines, config: ConsentConfig): Promise<Service> {
  const { store, views, bus, clock, ids, ledger, metrics, log: logger } = engines;
  const deployment = deploymentOf(config);
  const keyring = await openKeyring({ service: 'consent', keys: engines.keys, store, ids, clock });
  const log = sealedStore<ConsentServiceEvent>({ service: 'consent', store, keyring, clock, ids });
  const streams = patientStreams({ log, keyring, deployment, ids });
  const agreements = agreementStreams({ log, keyring, ids });
  const projections = [
    whereaboutsProjection(streams, keyring),
    consentingProjection(streams, keyring),
    agreementProjection(agreements),
    notificationProjection(log),
    endingProjection(streams, config.CONSENT_REMIND_DAYS * day),
  ];
  const projection = projector({ store, log, views, projections });
  const transactions = ledgerTransactions({ streams, agreements, deployment });
  const { BREAK_GLASS_MINUTES: minutes, BREAK_GLASS_MAX_MINUTES: maxMinutes, BREAK_GLASS_LOGIN_AGE: loginAge } = config;
  const changes = changesOf(store);
  const app = consentApp({
    ...{ log, streams, projector: projection, views, keyring, deployment, clock, ids, metrics },
    ...{ agreements, ledger, settle: settle({ log, streams, ledger, transactions }) },
    ...{
      mandates: mandatesOf(engines.rpc),
      people: peopleOf(engines.rpc),
      organizations: organizationsOf(engines.rpc),
      directory: directoryOf(engines.rpc),
    },
    ...{ changes, recheck: config.WATCH_RECHECK_MS },
    limits: { minutes, maxMinutes, loginAge },
    grace: config.SHARING_ERASE_DAYS * day,
  });
  const lease = workerLease({ store, holder: ids.uuid(), logger });
  const sealDetail = detailSealer(engines.auditKey, clock);
  const outbox = relay({ service: 'consent', store, log, bus, keyring, sealDetail, publish, lease, logger });
  const entries = ledgerEntries({
    ...{ cursor: 'ledger', store, log, ledger, lease, logger, retryMs: 1000 },
    types: ledgerTypes,
    transaction: transactions.of,
  });
  const sweep = rounds({
    ...{ logger, lease, intervalMs: config.BREAK_GLASS_SWEEP_MS, failed: 'what has expired is not taken down yet' },
    round: async () =>
      void (await Promise.all([app.breakGlass.expire(), app.agreements.expire(), app.reminders.remind()])),
  });
  const reconciled = reconciliation({ store, log, streams, ledger, transactions, keyring });
  const reconcile = rounds({
    ...{ logger, lease, intervalMs: config.LEDGER_RECONCILE_MS, later: true, failed: 'the ledger is not compared yet' },
    round: reconciled.round,
  });
  metrics.gauge('healthchain_ledger_differences', { service: 'consent' }, reconciled.differences);
  metrics.gauge('healthchain_relay_lag', { service: 'consent' }, outbox.lag);
  metrics.gauge('healthchain_ledger_lag', { service: 'consent' }, entries.lag);
  let started = false;
  return {
    name: 'consent',
    rest: consentRest(app, deployment),
    rpc: [consentRpc(app)],
    async start() {
      await lease.start();
      await projection.start({ lease, logger });
      for (const part of [changes, outbox, entries, sweep, reconcile]) part.start();
      started = true;
    },
    drain: app.watch.close,
    rebuild: () => projection.rebuild(),
    unready: () => (started ? undefined : 'views are catching up'),
    async stop() {
      app.watch.close();
      changes.stop();
      await Promise.all([outbox, entries, sweep, reconcile, projection].map((part) => part.stop()));
      await lease.stop();
    },
  };
}

const day = 24 * 3600_000;
