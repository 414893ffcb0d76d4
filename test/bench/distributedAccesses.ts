import type { Logger } from 'pino';
import { joining } from '../../deploy/native/certs.ts';
import { kafkaBus } from '../../kernel/bus/kafka.ts';
import { kafkaOptions, kafkaSection } from '../../kernel/bus/kafkaConfig.ts';
import { relay } from '../../kernel/bus/relay.ts';
import { systemClock as clock, randomIds as ids } from '../../kernel/clock.ts';
import { readConfig } from '../../kernel/config.ts';
import { mongoEventStore } from '../../kernel/eventstore/mongo.ts';
import { openMongoDatabase } from '../../kernel/eventstore/mongoDatabase.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { detailSealer } from '../../kernel/keys/detail.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import { remoteKeys } from '../../kernel/keys/remote.ts';
import { certificateFiles, routes, rpcSection } from '../../kernel/rpc/config.ts';
import { mutualTls } from '../../kernel/rpc/mutualTls.ts';
import { grpcTransport } from '../../kernel/rpc/network.ts';
import { accessRecorder, type RecordAccess } from '../../services/records/app/accesses.ts';
import { publish } from '../../services/records/app/publish.ts';
import type { AccessRecorded } from '../../services/records/domain/access.ts';
import type { RecordsEvent } from '../../services/records/domain/event.ts';
import type { BenchEngines } from './distributedEngines.ts';

/** Records' part of an access, with the service's own code on the engines of production: seal, append, relay. */
export async function accessLog(engines: BenchEngines, trustDomain: string, log: Logger): Promise<RecordAccess> {
  const { folder, variables, atEnd } = engines;
  const rpcConfig = readConfig({ ...variables, ...joining(folder, 'records', Date.now(), 1) }, rpcSection);
  const tls = mutualTls({ files: certificateFiles(rpcConfig), trustDomain, service: 'records', clock, log });
  atEnd(tls.close);
  const rpc = grpcTransport(routes(rpcConfig, tls));
  atEnd(rpc.close);
  const keys = remoteKeys(rpc);
  const database = await openMongoDatabase(variables.MONGODB_URL!, 'healthchain-records');
  atEnd(database.close);
  const store = await mongoEventStore(database, { log });
  atEnd(store.close);
  const bus = await kafkaBus(kafkaOptions(readConfig(variables, kafkaSection)), { log });
  atEnd(bus.close);
  const keyring = await openKeyring({ service: 'records', keys, store, ids, clock });
  const events = sealedStore<RecordsEvent>({ service: 'records', store, keyring, clock, ids });
  const sealDetail = detailSealer(await keys.intakeKey(), clock);
  const lease = { held: () => true, onChange: () => {} }; // there is no other replica
  const outbox = relay({
    ...{ service: 'records', store, log: events, bus, keyring, sealDetail, publish, lease },
    logger: log,
  });
  outbox.start();
  atEnd(outbox.stop);
  return accessRecorder({ append: events.append, clock, uuid: ids.uuid });
}

/** As the guard writes it down: a clinician read an Observation of the patient, a consent permitted it. */
export function access(patient: string, organization: string): { owner: string; event: AccessRecorded } {
  const by = { subject: ids.uuid(), role: 'practitioner', purpose: 'TREAT', client: ids.uuid(), organization } as const;
  const event: AccessRecorded = {
    type: 'AccessRecorded',
    by,
    patients: [patient],
    entities: [{ type: 'Observation', id: ids.uuid(), version: 1 }],
    outcome: 'answered',
    decision: { id: ids.uuid(), permit: true, basis: [ids.uuid()] },
    custodian: organization,
    request: ids.uuid(),
  };
  return { owner: patient, event };
}
