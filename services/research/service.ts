import { relay } from '../../kernel/bus/relay.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { detailSealer } from '../../kernel/keys/detail.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import type { Engines, Service } from '../../kernel/service.ts';
import { projector } from '../../kernel/views/projection.ts';
import { researchRpc } from './api/grpc.ts';
import { researchRest } from './api/rest.ts';
import { researchApp } from './app/app.ts';
import { publish } from './app/publish.ts';
import { studiesProjection } from './app/views.ts';
import type { StudyEvent } from './domain/study.ts';

/** The research service: the register of studies that a consent can name. */
export async function researchService(engines: Engines): Promise<Service> {
  const { store, views, bus, clock, ids } = engines;
  const keyring = await openKeyring({ service: 'research', keys: engines.keys, store, ids, clock });
  const log = sealedStore<StudyEvent>({ service: 'research', store, keyring, clock, ids });
  const projection = projector({ store, log, views, projections: [studiesProjection(views)] });
  const app = researchApp({ log, projector: projection, views, clock, ids });
  const sealDetail = detailSealer(engines.auditKey, clock);
  const outbox = relay({ service: 'research', store, log, bus, keyring, sealDetail, publish, logger: engines.log });
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
