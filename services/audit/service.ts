import { topics } from '../../kernel/bus/port.ts';
import { relay } from '../../kernel/bus/relay.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { detailOpener, detailSealer } from '../../kernel/keys/detail.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import type { Engines, Service } from '../../kernel/service.ts';
import { projector } from '../../kernel/views/projection.ts';
import { IdentityService } from '../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { auditRpc } from './api/grpc.ts';
import { auditRest } from './api/rest.ts';
import { auditApp } from './app/app.ts';
import { type Consumer, consumeAll, group } from './app/consumer.ts';
import { type AuditLog, auditLog } from './app/log.ts';
import { publish } from './app/publish.ts';
import { ownReadings } from './app/readings.ts';
import { auditProjection, blindKeys } from './app/views.ts';
import type { AuditConfig } from './config.ts';
import type { LogEvent } from './domain/event.ts';

/** Longest that a search waits for what is on its way into the log, milliseconds. */
const patience = 500;

/**
 * The audit service: a Merkle log of every public event, anchored on the ledger, and the trail of AuditEvents that it
 * proves. Throws Failure `invalid` where LOG_ORIGIN is not the name that the log has.
 */
export async function auditService(engines: Engines, config: AuditConfig): Promise<Service> {
  const { store, views, bus, clock, ids, keys, log: logger } = engines;
  const keyring = await openKeyring({ service: 'audit', keys, store, ids, clock });
  const log = sealedStore<LogEvent>({ service: 'audit', store, keyring, clock, ids });
  const blind = blindKeys(keyring);
  const projection = projector({ store, log, views, projections: [auditProjection(views, blind)] });
  const merkle = await auditLog({ engines, config, log, projector: projection, keyring });
  let consumer: Consumer | undefined;
  const app = auditApp({
    ...{ log, projector: projection, views, blind, ids, baseUrl: config.baseUrl },
    identity: engines.rpc.client(IdentityService),
    signer: merkle.signer,
    caughtUp: async () => consumer?.caughtUp(patience),
    onProblem: merkle.report,
  });
  const openDetail = detailOpener(await keys.secret('audit/intake', () => ids.bytes(32)));
  const sealDetail = detailSealer(engines.auditKey, clock);
  const outbox = relay({
    ...{ service: 'audit', store, bus, keyring, sealDetail, publish, logger },
    log: ownReadings(log),
  });
  measure(engines, merkle, outbox.lag);
  return {
    name: 'audit',
    rest: auditRest({ vkey: merkle.signer.vkey, views, checkpoint: merkle.checkpoint }),
    rpc: [auditRpc(app, merkle.sizes)],
    async start() {
      await projection.catchUp();
      await merkle.start();
      consumer = await consumeAll(bus, merkle, openDetail);
      outbox.start();
    },
    unready: () => merkle.problem() ?? (consumer ? undefined : 'views are catching up'),
    rebuild: () => projection.rebuild(),
    async stop() {
      await Promise.all([consumer?.stop(), outbox.stop(), merkle.stop()]);
    },
  };
}

function measure({ bus, metrics }: Engines, merkle: AuditLog, relayLag: () => Promise<number>): void {
  for (const state of ['sequenced', 'integrated', 'published', 'anchored'] as const)
    metrics.gauge('healthchain_log_size', { state }, () => merkle.sizes()[state]);
  metrics.gauge('healthchain_anchor_lag', {}, () => merkle.sizes().sequenced - merkle.sizes().anchored);
  metrics.gauge('healthchain_relay_lag', { service: 'audit' }, relayLag);
  metrics.gauge('healthchain_bus_lag', { group }, () => bus.lag(group, topics));
  metrics.gauge('healthchain_bus_parked', { group }, async () => (await bus.parked(group)).length);
}
