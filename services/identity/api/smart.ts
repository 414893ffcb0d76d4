import { loginScopes, scopesOfRole } from '../domain/scope.ts';

/** The document at `/fhir/.well-known/smart-configuration` (SMART App Launch 2.2, §7.2). */
export function smartConfiguration(baseUrl: string) {
  const auth = `${baseUrl}/auth`;
  return {
    issuer: auth,
    jwks_uri: `${auth}/jwks`,
    authorization_endpoint: `${auth}/authorize`,
    token_endpoint: `${auth}/token`,
    revocation_endpoint: `${auth}/revoke`,
    pushed_authorization_request_endpoint: `${auth}/par`,
    token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256', 'ES384', 'RS256', 'RS384', 'PS256', 'PS384'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: [...new Set([...loginScopes, ...Object.values(scopesOfRole).flat()])],
    capabilities: [
      'launch-standalone',
      'client-public',
      'client-confidential-asymmetric',
      'context-standalone-patient',
      'permission-offline',
      'permission-online',
      'permission-patient',
      'permission-user',
      'permission-v2',
    ],
  };
}
