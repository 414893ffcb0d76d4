import type { JSONWebKeySet } from 'jose';
import { relay } from '../../kernel/bus/relay.ts';
import { Failure } from '../../kernel/errors.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { detailSealer } from '../../kernel/keys/detail.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import { workerLease } from '../../kernel/lease.ts';
import { ledgerEntries } from '../../kernel/ledger/entries.ts';
import type { Engines, Service } from '../../kernel/service.ts';
import { projector } from '../../kernel/views/projection.ts';
import { identityRpc } from './api/grpc.ts';
import { openIdConnect } from './api/oidc/openid.ts';
import { identityRest } from './api/rest.ts';
import { identityApp } from './app/app.ts';
import { attempts } from './app/attempts.ts';
import { logins } from './app/logins.ts';
import { passwords } from './app/passwords.ts';
import { publish } from './app/publish.ts';
import { registryTransaction, registryTypes } from './app/registry.ts';
import { directory, directoryProjection } from './app/views.ts';
import type { IdentityConfig } from './config.ts';
import type { IdentityEvent } from './domain/event.ts';

export interface Identity extends Service {
  /** Public keys of the access tokens, for `tokenVerifier`. */
  jwks(): Promise<JSONWebKeySet>;
}

/**
 * The identity service: organisations, people, mandates, clients; OpenID Connect and SMART at `/auth`.
 * Throws Failure `invalid` where production is asked for without https.
 */
export async function identityService(engines: Engines, config: IdentityConfig): Promise<Identity> {
  const { store, views, bus, clock, ids, ledger, metrics, log: logger } = engines;
  const production = requireHttps(config);
  const keyring = await openKeyring({ service: 'identity', keys: engines.keys, store, ids, clock });
  const log = sealedStore<IdentityEvent>({ service: 'identity', store, keyring, clock, ids });
  const projection = projector({ store, log, views, projections: [directoryProjection(log, keyring)] });
  const known = directory(views, keyring);
  const secrets = passwords(ids);
  const app = identityApp({ log, projector: projection, directory: known, keyring, passwords: secrets, ids });
  const login = logins({
    ...{ log, projector: projection, directory: known, keyring, passwords: secrets, ids, production },
    attempts: attempts(clock),
  });
  const openId = await openIdConnect({ engines, config, keyring, directory: known, logins: login });
  const lease = workerLease({ store, holder: ids.uuid(), logger });
  const sealDetail = detailSealer(engines.auditKey, clock);
  const outbox = relay({ service: 'identity', store, log, bus, keyring, sealDetail, publish, lease, logger });
  const registry = ledgerEntries({
    ...{ cursor: 'registry', store, log, ledger, lease, logger, retryMs: 1000 },
    types: registryTypes,
    transaction: registryTransaction,
  });
  metrics.gauge('healthchain_relay_lag', { service: 'identity' }, outbox.lag);
  metrics.gauge('healthchain_ledger_lag', { service: 'identity' }, registry.lag);
  let started = false;
  return {
    name: 'identity',
    rest: identityRest(openId, login, keyring, config.baseUrl),
    rpc: [identityRpc(app, known, clock)],
    jwks: async () => openId.jwks,
    async start() {
      await lease.start();
      await projection.start({ lease, logger });
      await registerFirstAdministrator();
      outbox.start();
      registry.start();
      started = true;
    },
    rebuild: () => projection.rebuild(),
    unready: () => (started ? undefined : 'views are catching up'),
    async stop() {
      await Promise.all([outbox, registry, projection].map((part) => part.stop()));
      await lease.stop();
    },
  };

  async function registerFirstAdministrator(): Promise<void> {
    const { ADMIN_LOGIN, ADMIN_PASSWORD } = config;
    if (!ADMIN_LOGIN || (await known.personByLogin(ADMIN_LOGIN))) return;
    const account = { login: ADMIN_LOGIN, password: ADMIN_PASSWORD, name: 'Administrator', role: 'administrator' };
    await app.registerPerson({ service: 'identity' }, { ...account, careTeams: [], demo: false });
  }
}

/** Whether this is production; where it is, passwords and tokens must not cross a network in the clear. */
function requireHttps({ NODE_ENV, baseUrl }: IdentityConfig): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  const local = hostname === 'localhost' || hostname === '127.0.0.1';
  if (NODE_ENV !== 'production' || protocol === 'https:' || local) return NODE_ENV === 'production';
  throw new Failure('invalid', 'With NODE_ENV=production BASE_URL must be an https address.');
}
