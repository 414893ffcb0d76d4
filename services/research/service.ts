import { relay } from '../../kernel/bus/relay.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { detailSealer } from '../../kernel/keys/detail.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import type { Engines, Service } from '../../kernel/service.ts';
import { projector } from '../../kernel/views/projection.ts';
import { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import { researchRpc } from './api/grpc.ts';
import { researchRest } from './api/rest.ts';
import { researchApp } from './app/app.ts';
import { counted } from './app/counted.ts';
import { extraction } from './app/extraction.ts';
import { publish } from './app/publish.ts';
import { studiesProjection } from './app/views.ts';
import type { ResearchConfig } from './config.ts';
import type { ResearchEvent } from './domain/event.ts';

const day = 24 * 3600_000;

/** The research service: studies that a consent can name, their cohorts, and requests for data. */
export async function researchService(engines: Engines, config: ResearchConfig): Promise<Service> {
  const { store, views, bus, keys, clock, ids, rpc, metrics, log: logger } = engines;
  const keyring = await openKeyring({ service: 'research', keys, store, ids, clock });
  const log = sealedStore<ResearchEvent>({ service: 'research', store, keyring, clock, ids });
  const projection = projector({ store, log, views, projections: [studiesProjection(log)] });
  const cellKey = await keys.secret('research/counts', () => ids.bytes(32));
  const app = researchApp({
    ...{ log, projector: projection, views, clock, ids },
    extraction: extraction({ consent: rpc.client(ConsentService), records: rpc.client(RecordsService) }),
    counted: counted(log, keyring, cellKey),
    budget: { questions: config.RESEARCH_QUESTIONS, window: config.RESEARCH_QUESTION_DAYS * day },
  });
  const sealDetail = detailSealer(engines.auditKey, clock);
  const outbox = relay({ service: 'research', store, log, bus, keyring, sealDetail, publish, logger });
  metrics.gauge('healthchain_relay_lag', { service: 'research' }, outbox.lag);
  let started = false;
  return {
    name: 'research',
    rest: researchRest(app),
    rpc: [researchRpc(app)],
    async start() {
      await projection.catchUp();
      outbox.start();
      started = true;
    },
    unready: () => (started ? undefined : 'views are catching up'),
    rebuild: () => projection.rebuild(),
    stop: () => outbox.stop(),
  };
}
