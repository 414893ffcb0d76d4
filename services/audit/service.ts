import { topics } from '../../kernel/bus/port.ts';
import { relay } from '../../kernel/bus/relay.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { detailOpener, detailSealer } from '../../kernel/keys/detail.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import { workerLease } from '../../kernel/lease.ts';
import { noteSigner } from '../../kernel/merkle/note.ts';
import type { Engines, Service } from '../../kernel/service.ts';
import { projector } from '../../kernel/views/projection.ts';
import { IdentityService } from '../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { auditRpc } from './api/grpc.ts';
import { auditRest } from './api/rest.ts';
import { auditApp } from './app/app.ts';
import { caughtUp, consumeAll, group } from './app/consumer.ts';
import { auditLog, type LogSizes } from './app/log.ts';
import { originFor } from './app/origin.ts';
import { publish } from './app/publish.ts';
import { ownReadings } from './app/readings.ts';
import { logSizes } from './app/sizes.ts';
import { auditProjection, blindKeys, newestCheckpoint } from './app/views.ts';
import { writer } from './app/writer.ts';
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
  const signer = await noteSigner(await originFor(log, config), await keys.secret('audit/log', () => ids.bytes(32)));
  const openDetail = detailOpener(await keys.secret('audit/intake', () => ids.bytes(32)));
  const lease = workerLease({ store, holder: ids.uuid(), logger });
  let problem: string | undefined;

  function onProblem(text: string): void {
    if (problem !== text) logger.error(text);
    problem ??= text;
  }

  const writing = writer({
    ...{ lease, logger },
    async open() {
      const merkle = auditLog({ engines, config, log, projector: projection, keyring, signer, onProblem });
      try {
        await merkle.start();
        return { log: merkle, consumer: await consumeAll(bus, merkle, openDetail) };
      } catch (error) {
        await merkle.stop();
        throw error;
      }
    },
  });
  const sizes = async () => writing.atWork()?.log.sizes() ?? logSizes(log, views);
  const app = auditApp({
    ...{ log, projector: projection, views, blind, ids, baseUrl: config.baseUrl, signer, onProblem },
    identity: engines.rpc.client(IdentityService),
    caughtUp: () => caughtUp(bus, writing.atWork()?.consumer, patience),
  });
  const sealDetail = detailSealer(engines.auditKey, clock);
  const outbox = relay({
    ...{ service: 'audit', store, bus, keyring, sealDetail, publish, lease, logger },
    log: ownReadings(log),
  });
  measure(engines, sizes, outbox.lag);
  let started = false;
  return {
    name: 'audit',
    rest: auditRest({ vkey: signer.vkey, views, checkpoint: () => newestCheckpoint(views) }),
    rpc: [auditRpc(app, sizes)],
    async start() {
      await lease.start();
      await projection.start({ lease, logger });
      await writing.start();
      outbox.start();
      started = true;
    },
    unready: () =>
      problem ??
      writing.trouble() ??
      writing.atWork()?.log.stalled() ??
      (started ? undefined : 'views are catching up'),
    rebuild: () => projection.rebuild(),
    async stop() {
      await Promise.all([outbox.stop(), writing.stop()]);
      await projection.stop();
      await lease.stop();
    },
  };
}

function measure({ bus, metrics }: Engines, sizes: () => Promise<LogSizes>, relayLag: () => Promise<number>): void {
  for (const state of ['sequenced', 'integrated', 'published', 'anchored'] as const)
    metrics.gauge('healthchain_log_size', { state }, async () => (await sizes())[state]);
  metrics.gauge('healthchain_anchor_lag', {}, async () => {
    const { sequenced, anchored } = await sizes();
    return sequenced - anchored;
  });
  metrics.gauge('healthchain_relay_lag', { service: 'audit' }, relayLag);
  metrics.gauge('healthchain_bus_lag', { group }, () => bus.lag(group, topics));
  metrics.gauge('healthchain_bus_parked', { group }, async () => (await bus.parked(group)).length);
}
