import type { JSONWebKeySet } from 'jose';
import type { Adapter, Provider } from 'oidc-provider';
import type { Keyring } from '../../../../kernel/keys/keyring.ts';
import type { Engines } from '../../../../kernel/service.ts';
import type { Logins } from '../../app/logins.ts';
import type { Directory } from '../../app/views.ts';
import type { IdentityConfig } from '../../config.ts';
import { clientMetadata } from './clients.ts';
import { oidcProvider } from './provider.ts';
import { providerKeys, publicKeys } from './signing.ts';
import { stateAdapter } from './state.ts';

export interface OpenId {
  provider: Provider;
  /** The provider's public keys. */
  jwks: JSONWebKeySet;
}

/** The OpenID provider over the service's directory, with its keys from the key service and its state in the views. */
export async function openIdConnect(parts: {
  engines: Pick<Engines, 'keys' | 'views' | 'clock' | 'ids' | 'log'>;
  config: IdentityConfig;
  keyring: Keyring;
  directory: Directory;
  logins: Logins;
}): Promise<OpenId> {
  const { engines, config, keyring, directory, logins } = parts;
  const keys = await providerKeys(engines.keys, config.OIDC_KEY_GENERATION);
  const state = stateAdapter({ ...engines, keyring });
  const provider = oidcProvider({
    baseUrl: config.baseUrl,
    tokenTtl: config.ACCESS_TOKEN_TTL,
    keys,
    adapter: (model) => (model === 'Client' ? clientsAdapter(state(model), directory) : state(model)),
    account: (id) => logins.account(id),
    systemLoggedIn: (system) => logins.systemLoggedIn(system),
    log: engines.log,
  });
  return { provider, jwks: { keys: publicKeys(keys) } };
}

/** Clients are read from the directory; they are registered there, and never by the provider. */
function clientsAdapter(adapter: Adapter, directory: Directory): Adapter {
  return {
    ...adapter,
    async find(id) {
      const client = await directory.client(id);
      return client && clientMetadata(client);
    },
  };
}
