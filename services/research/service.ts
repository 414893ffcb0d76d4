import { relay } from '../../kernel/bus/relay.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { detailSealer } from '../../kernel/keys/detail.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import { workerLease } from '../../kernel/lease.ts';
import { noteSigner } from '../../kernel/merkle/note.ts';
import type { Engines, Service } from '../../kernel/service.ts';
import { projector } from '../../kernel/views/projection.ts';
import { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import { readTerminologies } from './adapters/terminologies.ts';
import { researchRpc } from './api/grpc.ts';
import { researchRest } from './api/rest.ts';
import { researchApp } from './app/app.ts';
import { counted } from './app/counted.ts';
import { extraction } from './app/extraction.ts';
import { heldProjection } from './app/held.ts';
import { publish } from './app/publish.ts';
import { questions } from './app/questions.ts';
import { buildsProjection } from './app/release/views.ts';
import { releasesProjection } from './app/releaseViews.ts';
import { studiesProjection } from './app/views.ts';
import { building } from './building.ts';
import type { ResearchConfig } from './config.ts';
import type { ResearchEvent } from './domain/event.ts';
import { released } from './released.ts';

const day = 24 * 3600_000;

/** The research service: studies that a consent can name, their cohorts, and requests for data. */
export async function researchService(engines: Engines, config: ResearchConfig): Promise<Service> {
  const { store, views, bus, keys, clock, ids, rpc, metrics, log: logger } = engines;
  const keyring = await openKeyring({ service: 'research', keys, store, ids, clock });
  const log = sealedStore<ResearchEvent>({ service: 'research', store, keyring, clock, ids });
  const projections = [
    studiesProjection(log),
    releasesProjection(),
    heldProjection(views, keyring),
    buildsProjection(log),
  ];
  const projection = projector({ store, log, views, projections });
  const lease = workerLease({ store, holder: ids.uuid(), logger });
  const signer = await noteSigner('healthchain-research', await keys.secret('research/signing', () => ids.bytes(32)));
  const after = released({ engines, config, log, projector: projection, keyring, lease, signer });
  const cellKey = await keys.secret('research/counts', () => ids.bytes(32));
  const dates = await keys.secret('research/dates', () => ids.bytes(32));
  const read = extraction({ consent: rpc.client(ConsentService), records: rpc.client(RecordsService) });
  const terminology = await readTerminologies(config.RESEARCH_TERMINOLOGIES);
  const builds = building({
    ...{ engines, log, projector: projection, keyring, lease, signer, extraction: read },
    ...{
      subjects: after.subjects,
      withdrawals: after.withdrawals,
      published: after.published,
      secrets: { dates, counts: cellKey },
      terminology,
    },
  });
  const app = researchApp({
    ...{ log, projector: projection, views, clock, ids, recalls: after.recalls },
    forget: after.withdrawals.forget,
    ...{ extraction: read, jobs: builds.jobs, downloads: builds.downloads, vkey: signer.vkey },
    closeRelease: builds.closeRelease,
    ...{ counted: counted(log, keyring, cellKey), questions: questions(log, keyring), terminology },
    budget: budgetOf(config),
  });
  const sealDetail = detailSealer(engines.auditKey, clock);
  const outbox = relay({ service: 'research', store, log, bus, keyring, sealDetail, publish, lease, logger });
  metrics.gauge('healthchain_relay_lag', { service: 'research' }, outbox.lag);
  let started = false;
  return {
    name: 'research',
    rest: researchRest(app),
    rpc: [researchRpc(app)],
    async start() {
      await lease.start();
      await projection.start({ lease, logger });
      outbox.start();
      await after.start();
      builds.start();
      started = true;
    },
    unready: () => (started ? undefined : 'views are catching up'),
    rebuild: () => projection.rebuild(),
    async stop() {
      await Promise.all([app.cohorts.stop(), builds.stop(), after.stop(), outbox.stop(), projection.stop()]);
      await lease.stop();
    },
  };
}

const budgetOf = (config: ResearchConfig) => ({
  questions: config.RESEARCH_QUESTIONS,
  each: config.RESEARCH_QUESTIONS_EACH,
  window: config.RESEARCH_QUESTION_DAYS * day,
});
