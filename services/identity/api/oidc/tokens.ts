import {
  type AccessToken,
  type Client,
  type ClientCredentials,
  errors,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider';
import { purposesOfRole } from '../../domain/purpose.ts';
import { isSystemScope, loginScopes, narrow } from '../../domain/scope.ts';
import { type PersonAccount, purposeOfGrant } from './grants.ts';

/** Seconds that a system's token lives; SMART Backend Services asks for 300 at most. */
export const systemTokenTtl = 300;

/**
 * What a token for the FHIR base can be about: scopes that the client may have, of those asked for. (For people they
 * are narrowed once more, to their role, when it is known.)
 */
export function fhirServer(fhirBase: string) {
  return (ctx: KoaContextWithOIDC, resource: string, client: Client): ResourceServer => {
    if (resource !== fhirBase) throw new errors.InvalidTarget();
    return {
      scope: offeredScopes(ctx, client).join(' '),
      audience: fhirBase,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256' } },
    };
  };
}

function offeredScopes({ oidc }: KoaContextWithOIDC, client: Client): string[] {
  // A code and a refresh token carry what was granted.
  const source = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode;
  if (source) return [...source.scopes];
  const allowed = client.allowed_scopes as string[];
  if (oidc.params?.grant_type !== 'client_credentials') return narrow(oidc.requestParamScopes, allowed);
  const granted = narrow(oidc.requestParamScopes, allowed.filter(isSystemScope));
  if (!granted.length) throw new errors.InvalidScope('ask for system scopes that the client is registered for', '');
  oidc.params.scope = granted.join(' '); // the provider gives what was asked for and is offered, word for word
  return granted;
}

/** The claims of our access tokens beyond those of RFC 9068. */
export function accessTokenClaims({ oidc }: KoaContextWithOIDC, token: AccessToken | ClientCredentials) {
  if (token.kind === 'ClientCredentials') {
    const [purpose_of_use] = purposesOfRole.system;
    return { role: 'system', org: oidc.client!.organization, purpose_of_use, care_teams: [] };
  }
  const { person } = oidc.account as PersonAccount;
  const source = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode;
  return {
    role: person.role,
    org: person.organization,
    purpose_of_use: purposeOfGrant(oidc.entities.Grant),
    patient: person.patient,
    care_teams: person.careTeams,
    auth_time: source?.authTime,
  };
}

/**
 * Adds to a token response what SMART has there: all scopes that were granted (the provider names only those of the
 * access token; clients look for offline_access before they refresh), and the patient that `patient/` is about.
 */
export function addLaunchContext({ oidc, body }: KoaContextWithOIDC): void {
  const answer = body as { access_token?: string; refresh_token?: string; scope?: string; patient?: string };
  const source = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode;
  const asked = oidc.entities.RefreshToken ? oidc.requestParamScopes : new Set<string>();
  const granted = loginScopes.filter((scope) => source?.scopes.has(scope) && (!asked.size || asked.has(scope)));
  const lasting = granted.filter((scope) => answer.refresh_token || !scope.endsWith('_access'));
  if (source) answer.scope = [...lasting, ...(answer.scope?.split(' ') ?? [])].join(' ');
  const patient = (oidc.account as PersonAccount | undefined)?.person.patient;
  if (answer.access_token && patient && answer.scope?.split(' ').includes('launch/patient')) answer.patient = patient;
}
