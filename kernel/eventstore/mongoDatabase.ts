import { type Db, MongoClient } from 'mongodb';
import { Failure } from '../errors.ts';
import { startFailure } from './mongoErrors.ts';

/** One service's database: its events and its views. */
export interface MongoDatabase {
  client: MongoClient;
  db: Db;
  close(): Promise<void>;
}

/** What this program writes; a database of a newer one is refused. */
const schema = { _id: 'schema', version: 1 };

/**
 * Connects, and checks before anything is written that this database can be used. Acknowledged means on a majority's
 * disks; read means committed on a majority.
 * @param url `mongodb://…` with credentials, `replicaSet`, `tls` and `tlsCAFile` as the driver knows them
 * @param name of the database
 * @throws Failure `unavailable` within 10 s with one line that says what is wrong and what to do
 */
export async function openMongoDatabase(url: string, name: string): Promise<MongoDatabase> {
  const client = connection(url);
  const db = client.db(name);
  try {
    await client.connect().catch((error) => {
      throw startFailure(error);
    });
    refuseStandalone(await db.admin().command({ hello: 1 }));
    await checkSchema(db);
    return { client, db, close: () => client.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** How long is waited for what, milliseconds; what the address says counts. */
const patience = { serverSelectionTimeoutMS: 5000, connectTimeoutMS: 5000, socketTimeoutMS: 20_000 };

function connection(url: string): MongoClient {
  const said = new URLSearchParams(url.split('?')[1]);
  const defaults = Object.fromEntries(Object.entries(patience).filter(([name]) => !said.has(name)));
  try {
    return new MongoClient(url, {
      appName: 'healthchain',
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      promoteBuffers: true,
      ignoreUndefined: true,
      ...defaults,
    });
  } catch (error) {
    throw startFailure(error);
  }
}

/** @param hello the server's answer to that command. Transactions, change streams and majorities need a replica set (or mongos before some). */
export function refuseStandalone(hello: { setName?: string; msg?: string }): void {
  if (hello.setName || hello.msg === 'isdbgrid') return;
  throw new Failure(
    'unavailable',
    'MongoDB runs as a standalone server, which has no transactions: start it with --replSet rs0 and run rs.initiate() once (one member will do).',
  );
}

async function checkSchema(db: Db): Promise<void> {
  const about = db.collection<{ _id: string; version: number }>('about');
  const found = await about.findOne({ _id: schema._id }).catch((error) => {
    throw startFailure(error);
  });
  if (found && found.version > schema.version) {
    throw new Failure(
      'unavailable',
      `The database ${db.databaseName} has schema version ${found.version}, this program knows ${schema.version}: run the newer release.`,
    );
  }
}

/** Says in the database what is written there from now on. */
export async function noteSchema(db: Db): Promise<void> {
  const about = db.collection<{ _id: string; version: number }>('about');
  await about.updateOne({ _id: schema._id }, { $setOnInsert: { version: schema.version } }, { upsert: true });
}
