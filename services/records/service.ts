import { relay } from '../../kernel/bus/relay.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { detailSealer } from '../../kernel/keys/detail.ts';
import { type Keyring, openKeyring } from '../../kernel/keys/keyring.ts';
import { workerLease } from '../../kernel/lease.ts';
import type { Engines, Service } from '../../kernel/service.ts';
import { projector } from '../../kernel/views/projection.ts';
import manifest from '../../package.json' with { type: 'json' };
import { AuditService } from '../../proto/gen/healthchain/audit/v1/audit_pb.ts';
import { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { recordsRpc } from './api/grpc.ts';
import { recordsRest } from './api/rest.ts';
import { accessRecorder } from './app/accesses.ts';
import { aimer } from './app/aims.ts';
import { recordsApp } from './app/app.ts';
import { capability } from './app/capability.ts';
import { labelChanger } from './app/changeLabels.ts';
import { compartments } from './app/compartments.ts';
import { conditions } from './app/conditions.ts';
import { contents } from './app/content.ts';
import { directory as directoryOf } from './app/directory.ts';
import { everything } from './app/everything.ts';
import { guard } from './app/guard.ts';
import { includes } from './app/includes.ts';
import { linker } from './app/links.ts';
import { appender, type RecordsLog } from './app/log.ts';
import { once } from './app/once.ts';
import { orderLabels } from './app/orderLabels.ts';
import { peers } from './app/peers.ts';
import { planner } from './app/plan.ts';
import { publish } from './app/publish.ts';
import { reader } from './app/read.ts';
import { relabeller } from './app/relabel.ts';
import { resources } from './app/resources.ts';
import { scope } from './app/scope.ts';
import { searcher } from './app/search.ts';
import { share } from './app/share.ts';
import { index, indexProjection } from './app/views.ts';
import { writer } from './app/write.ts';
import type { RecordsConfig } from './config.ts';
import type { RecordsEvent } from './domain/event.ts';
import { type Fhir, loadFhir } from './fhir/fhir.ts';
import { type Labeller, labeller as labellerOf } from './labels/labeller.ts';
import { loadTable } from './labels/load.ts';

/** The records service: the encrypted FHIR repository and its doors. */
export async function recordsService(engines: Engines, config: RecordsConfig): Promise<Service> {
  const { store, bus, clock, ids, metrics, log: logger } = engines;
  const keyring = await openKeyring({ service: 'records', keys: engines.keys, store, ids, clock });
  const log = sealedStore<RecordsEvent>({ service: 'records', store, keyring, clock, ids });
  const fhir = await loadFhir({ base: `${config.baseUrl}/fhir` });
  const labeller = labellerOf(await loadTable(config.RECORDS_LABELS));
  const { app, projection } = compose(engines, config, keyring, log, { fhir, labeller });
  const lease = workerLease({ store, holder: ids.uuid(), logger });
  const sealDetail = detailSealer(engines.auditKey, clock);
  const outbox = relay({ service: 'records', store, log, bus, keyring, sealDetail, publish, lease, logger });
  metrics.gauge('healthchain_relay_lag', { service: 'records' }, outbox.lag);
  let started = false;
  return {
    name: 'records',
    rest: recordsRest(app, `${config.baseUrl}/fhir`),
    rpc: [recordsRpc(app, clock)],
    async start() {
      await lease.start();
      await projection.start({ lease, logger });
      outbox.start();
      started = true;
    },
    unready: () => (started ? undefined : 'views are catching up'),
    rebuild: () => projection.rebuild(),
    async stop() {
      await Promise.all([outbox.stop(), projection.stop()]);
      await lease.stop();
    },
  };
}

function compose(
  engines: Engines,
  config: RecordsConfig,
  keyring: Keyring,
  log: RecordsLog,
  { fhir, labeller }: { fhir: Fhir; labeller: Labeller },
) {
  const { store, views, clock, ids, rpc } = engines;
  const fhirBase = `${config.baseUrl}/fhir`;
  const indexed = index({ views, keyring });
  const cache = compartments({ index: indexed, limit: config.COMPARTMENT_CACHE });
  const projections = [indexProjection({ keyring, fhir, changed: cache.changed })];
  const projection = projector({ store, log, views, projections });
  const append = appender(log, projection);
  const consent = rpc.client(ConsentService);
  const stored = resources(log);
  const isPatient = (id: string) => stored.exists(`Patient/${id}`);
  const common = {
    ...{
      log,
      append,
      fhir,
      labeller,
      fhirBase,
      config,
      clock,
      ids,
      index: indexed,
      compartments: cache,
      resources: stored,
    },
    contents: contents(fhir, labeller),
    guard: guard({ consent, recordAccess: accessRecorder({ append, clock, uuid: ids.uuid }), isPatient }),
    once: once({ log, mac: keyring.mac }),
    mac: keyring.mac,
  };
  const directory = directoryOf(common);
  const searching = { ...common, scope: scope(common), includes: includes(common) };
  const met = conditions(searching);
  const writing = { ...common, conditions: met };
  const aims = aimer(writing);
  const plan = planner({ ...common, aims, linker: linker(writing) });
  const changeLabels = labelChanger(common);
  const app = recordsApp({
    reader: reader(common),
    searcher: searcher(searching),
    everything: everything({ ...common, directory }),
    share: share({ ...common, directory, consent, ledger: engines.ledger }),
    write: writer({ ...common, plan, projector: projection }),
    orderLabels: orderLabels({ ...common, aims, changeLabels }),
    relabel: relabeller({ ...common, store, changeLabels }),
    peers: peers({ consent, audit: rpc.client(AuditService), isPatient }),
    capability: capability(fhir, { baseUrl: config.baseUrl, version: manifest.version, at: clock.now() }),
    fhirBase,
  });
  return { app, projection };
}
