import {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
  Provider,
  type RefreshToken,
} from 'oidc-provider';
import type { Logger } from 'pino';
import type { KnownPerson } from '../../app/views.ts';
import { purposesOfRole } from '../../domain/purpose.ts';
import { loginScopes } from '../../domain/scope.ts';
import { cliClient, clientMembers } from './clients.ts';
import { grantFor, type PersonAccount } from './grants.ts';
import { logoutPage, notePage, pageHeaders } from './pages.ts';
import type { ProviderKeys } from './signing.ts';
import { lifetimes } from './state.ts';
import { accessTokenClaims, addLaunchContext, fhirServer, systemTokenTtl } from './tokens.ts';

interface Parts {
  /** Public address of the platform, without a slash at its end. */
  baseUrl: string;
  /** Seconds that an access token of a person lives. */
  tokenTtl: number;
  keys: ProviderKeys;
  adapter: NonNullable<Configuration['adapter']>;
  account(id: string): Promise<KnownPerson | undefined>;
  /** Called, and waited for, before a system gets its token. */
  systemLoggedIn(system: { client: string; organization: string; address: string }): Promise<void>;
  log: Logger;
}

/** The OpenID provider with issuer `<base url>/auth`; to be mounted there. Everything it keeps is in the adapter. */
export function oidcProvider(parts: Parts): Provider {
  const provider = new Provider(`${parts.baseUrl}/auth`, configuration(parts));
  provider.proxy = true; // `forward` in mount.ts sets the headers: nobody outside does
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route === 'token' && ctx.status === 200) await tokenIssued(ctx as KoaContextWithOIDC, parts);
  });
  const refused = (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) =>
    parts.log.info({ error: error.error, detail: error.error_detail, client: ctx.oidc?.client?.clientId }, 'refused');
  provider.on('grant.error', refused);
  provider.on('authorization.error', refused);
  const failed = (error: Error) => parts.log.error({ err: error }, 'OpenID provider failed');
  provider.on('server_error', (_ctx, error) => failed(error));
  provider.onerror = (error) => (error as { expose?: boolean }).expose || failed(error);
  return provider;
}

async function tokenIssued(ctx: KoaContextWithOIDC, { systemLoggedIn }: Parts): Promise<void> {
  addLaunchContext(ctx);
  const { client, params } = ctx.oidc;
  if (params?.grant_type !== 'client_credentials') return;
  await systemLoggedIn({ client: client!.clientId, organization: String(client!.organization), address: ctx.ip });
}

function configuration(parts: Parts): Configuration {
  const fhirBase = `${parts.baseUrl}/fhir`;
  return {
    adapter: parts.adapter,
    clients: [cliClient],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    extraClientMetadata: { properties: [...clientMembers] },
    clientAuthMethods: ['none', 'private_key_jwt'],
    clientBasedCORS: (_ctx, origin, client) =>
      client.clientAuthMethod === 'none' && !!client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin),
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims) => checkAssertion(claims),
    enabledJWA: { clientAuthSigningAlgValues: ['ES256', 'ES384', 'RS256', 'RS384', 'PS256', 'PS384'] },
    jwks: { keys: parts.keys.jwks },
    cookies: {
      keys: parts.keys.cookies,
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: '/auth' },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: [...loginScopes],
    claims: { openid: ['sub'], profile: ['name'], fhirUser: ['fhirUser'] },
    extraParams: { purpose_of_use: checkPurpose, aud: (ctx, value) => checkAudience(ctx, value, fhirBase) },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false }, // what it would say is in the ID token
      dPoP: { enabled: false }, // the resource side does not check proofs: it would promise too much
      clientCredentials: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => fhirBase,
        useGrantedResource: () => true,
        getResourceServerInfo: fhirServer(fhirBase),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => show(ctx, logoutPage(form)),
        postLogoutSuccessSource: (ctx) => show(ctx, notePage('Logged out', 'You can close this page.')),
      },
    },
    routes: {
      authorization: '/authorize',
      token: '/token',
      jwks: '/jwks',
      revocation: '/revoke',
      pushed_authorization_request: '/par',
      end_session: '/logout',
    },
    interactions: { policy: policy(), url: (_ctx, { uid }) => `/auth/interaction/${uid}` },
    findAccount: async (_ctx, id) => accountOf(await parts.account(id), fhirBase),
    loadExistingGrant: (ctx) => grantFor(ctx, fhirBase),
    extraTokenClaims: accessTokenClaims,
    issueRefreshToken: (_ctx, client, { scopes }) =>
      client.grantTypeAllowed('refresh_token') && (scopes.has('offline_access') || scopes.has('online_access')),
    rotateRefreshToken: true,
    expiresWithSession: (_ctx, { scopes }) => !scopes.has('offline_access'),
    ttl: {
      AccessToken: parts.tokenTtl,
      ClientCredentials: systemTokenTtl,
      AuthorizationCode: lifetimes.short,
      IdToken: parts.tokenTtl,
      Interaction: lifetimes.interaction,
      Session: lifetimes.session,
      Grant: lifetimes.offline,
      RefreshToken: refreshTokenTtl,
    },
    renderError: (ctx, { error, error_description }) =>
      show(
        ctx,
        notePage('This did not work', `${error_description ?? error}. Go back to the application and start again.`),
      ),
  };
}

/** Rotation does not prolong: a refresh token's successor ends when it would have ended itself. */
function refreshTokenTtl({ oidc }: KoaContextWithOIDC, token: RefreshToken): number {
  const rotated = oidc.entities.RotatedRefreshToken as RefreshToken | undefined;
  return rotated?.remainingTTL ?? (token.scopes.has('offline_access') ? lifetimes.offline : lifetimes.session);
}

/** First-party clients need no consent but the login; others are asked whenever something is not granted yet. */
function policy(): interactionPolicy.DefaultPolicy {
  const { Check, base } = interactionPolicy;
  const prompts = base();
  const { checks } = prompts.get('consent')!;
  checks.remove('native_client_prompt');
  checks.remove('consent_prompt');
  const asks = ({ oidc }: KoaContextWithOIDC) =>
    !oidc.client?.first_party && oidc.prompts.has('consent') && oidc.promptPending('consent');
  checks.add(new Check('consent_prompt', 'consent prompt was not resolved', 'consent_required', asks));
  return prompts;
}

function accountOf(person: KnownPerson | undefined, fhirBase: string): PersonAccount | undefined {
  if (!person) return undefined;
  const fhirUser = person.patient && `${fhirBase}/Patient/${person.patient}`;
  const claims = () => ({ sub: person.id, name: person.name, ...(fhirUser && { fhirUser }) });
  return { accountId: person.id, claims, person };
}

const allPurposes = new Set(Object.values(purposesOfRole).flat());

function checkPurpose(_ctx: KoaContextWithOIDC, purpose: string | undefined): void {
  if (purpose === undefined || allPurposes.has(purpose)) return;
  throw new errors.InvalidRequest('purpose_of_use is none of the v3 PurposeOfUse codes that we know');
}

/** SMART's `aud`: the FHIR base that the application believes to get a token for. */
function checkAudience({ oidc }: KoaContextWithOIDC, aud: string | undefined, fhirBase: string): void {
  // What was pushed was checked then; the provider keeps it as a JWT, whose own `aud` comes back here.
  if (aud === undefined || oidc.entities.PushedAuthorizationRequest) return;
  if (aud.replace(/\/$/, '') === fhirBase) return;
  throw new errors.InvalidRequest(`aud is not our FHIR base, ${fhirBase}`);
}

/** SMART Backend Services: an assertion is good for five minutes at most; so long replays must be remembered. */
function checkAssertion({ exp }: Record<string, unknown>): void {
  if (Number(exp) * 1000 <= Date.now() + 5 * 60_000 + 15_000) return;
  throw new errors.InvalidClientAuth('the assertion lives longer than five minutes');
}

function show(ctx: KoaContextWithOIDC, html: string): void {
  ctx.set(pageHeaders());
  ctx.body = html;
}
