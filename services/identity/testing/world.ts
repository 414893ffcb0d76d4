import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { tokenVerifier } from '../../../kernel/auth/tokens.ts';
import { sqliteBus } from '../../../kernel/bus/sqlite.ts';
import { type Clock, randomIds } from '../../../kernel/clock.ts';
import { readConfig } from '../../../kernel/config.ts';
import { sqliteEventStore } from '../../../kernel/eventstore/sqlite.ts';
import { intakeKeyPair } from '../../../kernel/keys/detail.ts';
import { localKeys } from '../../../kernel/keys/local.ts';
import type { Ledger, Transaction } from '../../../kernel/ledger/port.ts';
import { restServer } from '../../../kernel/rest/server.ts';
import { inProcess } from '../../../kernel/rpc/inprocess.ts';
import { metricsRegistry } from '../../../kernel/telemetry.ts';
import { sqliteViews } from '../../../kernel/views/sqlite.ts';
import { IdentityService } from '../../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { identityConfig } from '../config.ts';
import { identityService } from '../service.ts';

/** The address that the service believes to have; tests reach it at `server`. */
export const baseUrl = 'http://localhost:8080';

/** What outlives a restart. */
export function disk() {
  const submitted: Transaction[] = [];
  return {
    store: sqliteEventStore(':memory:'),
    views: sqliteViews(':memory:'),
    bus: sqliteBus(':memory:'),
    keys: localKeys(':memory:'),
    audit: intakeKeyPair(),
    submitted,
  };
}

/** A clock that starts now (the provider has its own, which is the system's) and can be put forward. */
export function movableClock(): Clock & { forward(milliseconds: number): void; stand(): void } {
  let ahead = 0;
  let standing: number | undefined;
  return {
    now: () => (standing ?? Date.now()) + ahead,
    forward(milliseconds) {
      ahead += milliseconds;
    },
    /** Moves by `forward` only, from now on. */
    stand() {
      standing = Date.now();
    },
  };
}

type Disk = ReturnType<typeof disk>;
interface Options {
  disk?: Disk;
  env?: Record<string, string>;
  submit?: Ledger['submit'];
  trustedProxies?: string[];
}

/** The identity service, listening on a port of its own, with clients of its gRPC service. */
export async function identityWorld(options: Options = {}) {
  const kept = options.disk ?? disk();
  const clock = movableClock();
  const log = pino({ level: 'silent' });
  const metrics = metricsRegistry();
  const ledger = {
    submit: async (transaction: Transaction) => {
      kept.submitted.push(transaction);
      return { transactionId: 'tx', block: 0, result: '' };
    },
    ...(options.submit && { submit: options.submit }),
  } as Ledger;
  const rpc = inProcess({ services: () => service.rpc, authenticate: (token) => authenticate(token), ids: randomIds });
  const asService = inProcess({
    services: () => service.rpc,
    caller: 'records',
    authenticate: (token) => authenticate(token),
    ids: randomIds,
  });
  const engines = { ...kept, clock, ids: randomIds, log, metrics, ledger, rpc, auditKey: kept.audit.publicKey };
  const service = await identityService(
    { ...engines, authenticate: (token) => authenticate(token) },
    { ...readConfig(options.env ?? {}, identityConfig), baseUrl },
  );
  const verifier = { issuer: `${baseUrl}/auth`, audience: `${baseUrl}/fhir`, jwks: service.jwks, clock };
  const authenticate = tokenVerifier(verifier);
  const { trustedProxies = [] } = options;
  const app = await restServer({
    ...{ services: [service], authenticate, log, metrics, ids: randomIds, bodyLimit: 1 << 20, trustedProxies },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  await service.start();
  const server = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    ...{ server, service, authenticate, clock, disk: kept },
    /** As one of our services, and as nobody but the tokens given. */
    identity: asService.client(IdentityService),
    outside: rpc.client(IdentityService),
    async stop() {
      await app.close();
      await service.stop();
    },
  };
}

export const password = 'correct horse battery';

/** A demo person (cheaply hashed); a hospital for staff is registered on the way. */
export async function registerPerson(
  { identity }: Pick<Awaited<ReturnType<typeof identityWorld>>, 'identity'>,
  person: { login: string; role: string; patient?: string; organization?: string; demo?: boolean },
) {
  const { organization } = person;
  if (organization) {
    const hospital = { id: organization, name: 'St. Example', kind: 'hospital' };
    await identity.registerOrganization(hospital).catch(() => {}); // there already
  }
  return identity.registerPerson({ name: 'Ada Example', password, demo: true, ...person });
}

/** An EC key pair as JWKs. */
export function newKeyPair(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
}
