import type { Logger } from 'pino';
import { type ServiceName, services } from '../../../kernel/bus/port.ts';
import { randomIds, systemClock } from '../../../kernel/clock.ts';
import { mongoEventStore } from '../../../kernel/eventstore/mongo.ts';
import { type MongoDatabase, openMongoDatabase } from '../../../kernel/eventstore/mongoDatabase.ts';
import type { Commit, EventStore } from '../../../kernel/eventstore/port.ts';
import { type Recorded, type SealedStore, sealedStore } from '../../../kernel/eventstore/sealed.ts';
import { type Keyring, openKeyring } from '../../../kernel/keys/keyring.ts';
import { type RemoteKeys, remoteKeys } from '../../../kernel/keys/remote.ts';
import type { RpcTransport } from '../../../kernel/rpc/port.ts';
import type { FaultyPlatform } from '../platform.ts';

/** What one service keeps, opened by the auditor with that service's keys. */
export interface Kept {
  name: ServiceName;
  database: MongoDatabase;
  store: EventStore;
  keys: RemoteKeys;
  keyring: Keyring;
  rpc: RpcTransport;
  /** Every event of the service from a commit on, in order; `wanted` chooses the streams that are opened. */
  events<E extends { type: string }>(after: number, wanted: (stream: string) => boolean): AsyncIterable<Recorded<E>>;
  log<E extends { type: string }>(): SealedStore<E>;
}

export interface Stores {
  of(service: ServiceName): Kept;
  all: readonly Kept[];
  close(): Promise<void>;
}

const page = 500;

export async function openStores(platform: FaultyPlatform, log: Logger): Promise<Stores> {
  const all: Kept[] = [];
  const close = async () => {
    for (const { store, database } of all) {
      await store.close();
      await database.close();
    }
  };
  try {
    for (const name of services) all.push(await opened(platform, name, log));
  } catch (error) {
    await close();
    throw error;
  }
  return { all, of: (service) => all.find(({ name }) => name === service)!, close };
}

async function opened(platform: FaultyPlatform, service: ServiceName, logger: Logger): Promise<Kept> {
  const database = await openMongoDatabase(platform.variables.MONGODB_URL!, `healthchain-${service}`);
  const store = await mongoEventStore(database, { log: logger });
  const [clock, ids, rpc] = [systemClock, randomIds, platform.rpcAs(service)];
  const keys = remoteKeys(rpc);
  const keyring = await openKeyring({ service, keys, store, ids, clock });
  const log = <E extends { type: string }>() => sealedStore<E>({ service, store, keyring, clock, ids });
  return {
    ...{ name: service, database, store, keys, keyring, rpc, log },
    async *events<E extends { type: string }>(after: number, wanted: (stream: string) => boolean) {
      const sealed = log<E>();
      for await (const commit of commitsAfter(store, after))
        if (wanted(commit.stream)) yield* await sealed.open(commit);
    },
  };
}

async function* commitsAfter(store: EventStore, after: number): AsyncIterable<Commit> {
  for (let position = after; ; ) {
    const commits = await store.readAll(position, page);
    yield* commits;
    const last = commits.at(-1);
    if (!last) return;
    position = last.position;
  }
}
