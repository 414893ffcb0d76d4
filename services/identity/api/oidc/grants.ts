import { type Account, errors, type Grant, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import type { KnownPerson } from '../../app/views.ts';
import { purposeOf } from '../../domain/purpose.ts';
import { loginScopes, narrow, scopesOfRole } from '../../domain/scope.ts';

/** The provider's account, with the person it stands for. */
export interface PersonAccount extends Account {
  person: KnownPerson;
}

/**
 * The grant for this request: the one that the session has for the client, where it is for the same purpose; for a
 * first-party client a new one else, and for others none, so that the person is asked. The scopes are narrowed to what
 * the person's role allows. Throws what the client is told where nothing remains or the purpose is not open to the role.
 */
export async function grantFor(ctx: KoaContextWithOIDC, resource: string): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const { person } = oidc.account as PersonAccount;
  narrowToRole(ctx, person, resource);
  const purpose = purposeFor(ctx, person);
  const found = await knownGrant(ctx);
  const fits = found !== undefined && purposeOfGrant(found) === purpose;
  // One purpose at a time for a session and client: the tokens of the one before end here.
  if (found && !fits) await found.destroy();
  if (!oidc.client!.first_party) return fits ? found : undefined;
  const grant = fits ? found : newGrant(oidc.provider, { account: person.id, client: oidc.client!.clientId, purpose });
  addRequestedScopes(ctx, grant, resource);
  await grant.save();
  return grant;
}

/** A grant without scopes yet, for a purpose: it travels in the grant, so that refreshed tokens keep it. */
export function newGrant(provider: Provider, of: { account: string; client: string; purpose: string }): Grant {
  const grant = new provider.Grant({ accountId: of.account, clientId: of.client });
  grant.addRar({ type: 'purpose_of_use', code: of.purpose });
  return grant;
}

/** The v3 PurposeOfUse that a grant is for. */
export function purposeOfGrant(grant: Grant | undefined): string | undefined {
  const detail = grant?.rar?.find(({ type }) => type === 'purpose_of_use');
  return detail && String(detail.code);
}

async function knownGrant({ oidc }: KoaContextWithOIDC): Promise<Grant | undefined> {
  const id = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(oidc.client!.clientId);
  return id ? oidc.provider.Grant.find(id) : undefined;
}

function purposeFor({ oidc }: KoaContextWithOIDC, { role }: KnownPerson): string {
  const purpose = purposeOf(role, oidc.params?.purpose_of_use as string | undefined);
  if (purpose) return purpose;
  throw new errors.AccessDenied(`this purpose of use is not open to a ${role}`);
}

function narrowToRole({ oidc }: KoaContextWithOIDC, { role }: KnownPerson, resource: string): void {
  const server = oidc.resourceServers?.[resource];
  if (!server) return;
  const requested = [...oidc.requestParamScopes];
  const login = requested.filter((scope) => loginScopes.some((each) => each === scope));
  const granted = narrow(server.scopes, scopesOfRole[role]);
  if (!granted.length && requested.length > login.length) {
    throw new errors.InvalidScope(`none of the scopes is open to a ${role}`, requested.join(' '));
  }
  server.scope = granted.join(' ');
  oidc.params!.scope = [...login, ...granted].join(' ');
}

function addRequestedScopes({ oidc }: KoaContextWithOIDC, grant: Grant, resource: string): void {
  const login = [...oidc.requestParamOIDCScopes].join(' ');
  const granted = oidc.resourceServers?.[resource]?.scope;
  if (login) grant.addOIDCScope(login);
  if (granted) grant.addResourceScope(resource, granted);
}
