import type { ClientMetadata } from 'oidc-provider';
import type { KnownClient } from '../../app/views.ts';
import { isSystemScope, loginScopes } from '../../domain/scope.ts';

/** Our own members of a client's metadata. */
export const clientMembers = ['organization', 'allowed_scopes', 'first_party'] as const;

/** The command line: a public client on this machine (RFC 8252); it needs nobody's consent but the login. */
export const cliClient: ClientMetadata = {
  client_id: 'healthchain-cli',
  client_name: 'HealthChain command line',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  first_party: true,
  allowed_scopes: [...loginScopes, 'launch/patient', 'patient/*.cruds', 'user/*.cruds'],
};

/** A registered client as the provider knows clients: confidential with keys, else public; a system where it has scopes for one. */
export function clientMetadata(client: KnownClient): ClientMetadata {
  const { id, name, organization, redirectUris, keys, scopes } = client;
  const people = redirectUris.length > 0;
  const system = keys.length > 0 && scopes.some(isSystemScope);
  return {
    client_id: id,
    client_name: name,
    application_type: redirectUris.every((uri) => uri.startsWith('https://')) ? 'web' : 'native',
    redirect_uris: redirectUris,
    response_types: people ? ['code'] : [],
    grant_types: [
      ...(people ? ['authorization_code', 'refresh_token'] : []),
      ...(system ? ['client_credentials'] : []),
    ],
    token_endpoint_auth_method: keys.length ? 'private_key_jwt' : 'none',
    ...(keys.length > 0 && { jwks: { keys } }),
    organization,
    allowed_scopes: scopes,
    first_party: false,
  };
}
