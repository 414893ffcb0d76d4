import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MongoClient } from 'mongodb';
import pino from 'pino';
import { kafkaClient } from '../../kernel/bus/kafkaClient.ts';
import { kafkaOptions, kafkaSection } from '../../kernel/bus/kafkaConfig.ts';
import { readConfig } from '../../kernel/config.ts';
import { authority } from './ca.ts';
import { engineNames } from './engines.ts';
import { kit } from './kit.ts';
import { type ServiceProcesses, serviceProcesses } from './services.ts';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'services', 'identity', 'main.ts');
const { PLATFORM, DATA_DIR } = process.env;
if (PLATFORM !== 'distributed' || !DATA_DIR)
  test('start of a process', (t) => t.skip('NOT RUN: the engines (npm run test:distributed)'));
else withEngines(DATA_DIR);

type Change = Record<string, string>;

function withEngines(data: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'start-'));
  const engines = kit(join(data, 'engines'));
  const variables: Change = Object.assign({}, ...engineNames.map((name) => engines.status(name).variables));
  /** Databases and topics of this file begin so. */
  const own = { MONGODB_PREFIX: `start-${process.pid}-`, KAFKA_PREFIX: `start-${process.pid}.` };
  const now = Date.now();
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')].map((at) => authority(at, 'healthchain', now));
  const certificate = (ca: typeof ours, holder: string, from = now): Change => {
    const files = ca!.issue(holder, from, 1);
    return { RPC_CA: files.ca, RPC_CERTIFICATE: files.certificate, RPC_KEY: files.key };
  };
  const mongo = (change: (url: URL) => void): Change => {
    const url = new URL(variables.MONGODB_URL!);
    change(url);
    return { MONGODB_URL: url.href };
  };
  const taken = createServer();
  let services: ServiceProcesses;
  /** How long a process takes that fails at once, milliseconds: this machine may have much else to do. */
  let loading = 0;
  before(async () => {
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const parts = { folder, root, trustDomain: 'healthchain', baseUrl: 'http://127.0.0.1:1' };
    services = await serviceProcesses({
      ...parts,
      authority: ours!,
      variables: { ...process.env, ...variables, ...own },
    });
    await services.start(['keys']);
    loading = await refused({ ...environment(), BODY_LIMIT: 'much' }, /BODY_LIMIT: "much" is not a integer/);
  });
  after(async () => {
    taken.close();
    await services.stop();
    rmSync(folder, { recursive: true });
  });

  /** Of an identity service on ports of its own. */
  const environment = () => ({ ...services.environment('identity'), HTTP_PORT: '0', RPC_PORT: '0' });
  const port = () => `${(taken.address() as AddressInfo).port}`;
  const cases: [what: string, change: () => Change, said: RegExp][] = [
    ['proxies that are none', () => ({ TRUSTED_PROXIES: 'all' }), /TRUSTED_PROXIES: "all" is neither/],
    ['a taken port for HTTP', () => ({ HTTP_PORT: port() }), /HTTP_PORT: cannot listen .* another program has it/],
    ['a taken port for gRPC', () => ({ RPC_PORT: port() }), /RPC_PORT: cannot listen .* another program has it/],
    ['no certificate', () => ({ RPC_CERTIFICATE: '' }), /RPC_CERTIFICATE: missing; services prove who they are/],
    [
      'a certificate of another service',
      () => certificate(ours!, 'consent'),
      /is not for spiffe:\/\/healthchain\/identity/,
    ],
    [
      'an expired certificate',
      () => certificate(ours!, 'identity', now - 86_400_000),
      /expired on .*; issue a new one/,
    ],
    [
      'a certificate of another CA',
      () => ({ ...certificate(theirs!, 'identity'), RPC_CA: ours!.ca }),
      /is not signed by a CA in/,
    ],
    ['a CA that the key service does not trust', () => certificate(theirs!, 'identity'), /key service.*RPC_CA/],
    ['no key service', () => ({ KEYS_RPC: '127.0.0.1:1' }), /key service.*KEYS_RPC/],
    ['no database', () => ({ MONGODB_URL: '' }), /MONGODB_URL is missing/],
    [
      'a password that MongoDB refuses',
      () => mongo((url) => (url.password = 'secret')),
      /refuses the user or the password/,
    ],
    [
      'a MongoDB that nobody vouches for',
      () => mongo(({ searchParams }) => searchParams.delete('tlsCAFile')),
      /certificate is not trusted/,
    ],
    [
      'a MongoDB that is away',
      () => mongo((url) => (url.port = '1')),
      /no primary answers at the hosts of MONGODB_URL/,
    ],
    ['no brokers', () => ({ KAFKA_BROKERS: '' }), /KAFKA_BROKERS is missing/],
    ['a password that Kafka refuses', () => ({ KAFKA_SASL_PASSWORD: 'secret' }), /refuses KAFKA_SASL_USERNAME/],
    ['brokers that nobody vouches for', () => ({ KAFKA_TLS_CA: '' }), /not trusted.*KAFKA_TLS_CA/],
    ['brokers that are away', () => ({ KAFKA_BROKERS: '127.0.0.1:1' }), /no broker of KAFKA_BROKERS answers/],
    ['gateways that nobody vouches for', () => ({ FABRIC_TLS_CA: ours!.ca }), /that FABRIC_TLS_CA does not vouch for/],
    [
      'an organisation that it is not of',
      () => ({ FABRIC_MSP_ID: 'nobody' }),
      /FABRIC_MSP_ID, FABRIC_CERTIFICATE and FABRIC_KEY/,
    ],
    [
      'a chaincode that is too old, or none of ours',
      () => ({ FABRIC_CHAINCODE: 'qscc' }),
      /is an old one of this platform, or none of it/,
    ],
  ];
  for (const [what, change, said] of cases)
    test(`a process says in one line, within 10 s, and writes nothing: ${what}`, async () => {
      const took = await refused({ ...environment(), ...change() }, said);
      assert.ok(took < loading + 10_000, `${Math.round(took)} ms, of which ${Math.round(loading)} to load it`);
      assert.deepEqual(await written(variables, own), []);
    });

  test('a topic that somebody made with other settings, and a database of a newer release', async () => {
    await withAdmin(variables, async (admin) => {
      const topic = `${own.KAFKA_PREFIX}healthchain.identity.v1`;
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
      await refused(environment(), /has partitions 2, but 6 is configured/);
      assert.deepEqual(await written(variables, own), [topic]);
      await admin.deleteTopics({ topics: [topic] });
    });
    await withMongo(variables, async (client) => {
      const database = client.db(`${own.MONGODB_PREFIX}identity`);
      await database.collection<{ _id: string; version: number }>('about').insertOne({ _id: 'schema', version: 9 });
      await refused(environment(), /has schema version 9, this program knows 1: run the newer release/);
      const collections = await database.listCollections().toArray();
      assert.deepEqual(
        collections.map(({ name }) => name),
        ['about'],
      );
      await database.dropDatabase();
    });
  });

  test('a ledger that is away lets it start: what is to be anchored waits', async () => {
    const env = { ...environment(), FABRIC_GATEWAYS: '127.0.0.1:1', LOG_LEVEL: 'info' };
    const child = spawn(process.execPath, [program], { env });
    let printed = '';
    const serves = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        printed += chunk;
        if (printed.includes('the service serves')) resolve();
      });
    });
    await Promise.race([serves, once(child, 'exit')]);
    assert.match(printed, /no Fabric gateway can be reached: what is to be anchored waits/);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null], printed);
    await withMongo(variables, (client) => client.db(`${own.MONGODB_PREFIX}identity`).dropDatabase());
  });
}

/** Starts the identity service and waits for its end; resolves to how long it took, milliseconds. */
async function refused(env: NodeJS.ProcessEnv, said: RegExp): Promise<number> {
  const child = spawn(process.execPath, [program], { env });
  const started = performance.now();
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const patience = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [code] = await once(child, 'close');
  clearTimeout(patience);
  const fatal = printed.split('\n').flatMap((line) => (line.includes('"level":60') ? [JSON.parse(line).msg] : []));
  assert.deepEqual([code, fatal.length], [1, 1], printed);
  assert.match(fatal[0], said);
  assert.doesNotMatch(printed, /secret/);
  return performance.now() - started;
}

/** Databases and topics of these prefixes. */
async function written(variables: Change, own: { MONGODB_PREFIX: string; KAFKA_PREFIX: string }): Promise<string[]> {
  const { databases } = await withMongo(variables, (client) => client.db('admin').admin().listDatabases());
  const topics = await withAdmin(variables, (admin) => admin.listTopics());
  const names = [...databases.map(({ name }) => name), ...topics];
  return names.filter((name) => name.startsWith(own.MONGODB_PREFIX) || name.startsWith(own.KAFKA_PREFIX));
}

type Admin = ReturnType<ReturnType<typeof kafkaClient>['admin']>;

async function withMongo<T>(variables: Change, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await MongoClient.connect(variables.MONGODB_URL!);
  return work(client).finally(() => client.close());
}

async function withAdmin<T>(variables: Change, work: (admin: Admin) => Promise<T>): Promise<T> {
  const options = kafkaOptions(readConfig(variables, kafkaSection));
  const admin = kafkaClient({ options, log: pino({ level: 'silent' }), retries: 5 }).admin();
  await admin.connect();
  return work(admin).finally(() => admin.disconnect());
}
