import { timingSafeEqual } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors, type Interaction, type InteractionResults, type Provider } from 'oidc-provider';
import { asFailure, Failure, failures } from '../../../../kernel/errors.ts';
import type { Logins } from '../../app/logins.ts';
import { purposeOf } from '../../domain/purpose.ts';
import { newGrant } from './grants.ts';
import { consentPage, formTarget, loginPage, notePage, pageHeaders } from './pages.ts';

interface Parts {
  provider: Provider;
  logins: Logins;
  /** Keyed hash of a service secret. */
  mac(text: string): string;
}
type Form = Record<string, string | undefined>;

/** The pages where a person logs in, or allows a third party's application: `/auth/interaction/<uid>`. */
export function interactionRoutes(parts: Parts) {
  const url = '/auth/interaction/:uid';
  const options = { config: { access: 'public' } } as const;
  return async (server: FastifyInstance): Promise<void> => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 8 * 1024 },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    server.setErrorHandler((error, request, reply) => failed(error, request, reply));
    server.get<{ Params: { uid: string } }>(url, options, async (request, reply) => {
      return ask(parts, await interactionOf(parts, request, reply), reply);
    });
    server.post<{ Params: { uid: string }; Body: Form }>(url, options, async (request, reply) => {
      const interaction = await interactionOf(parts, request, reply);
      const form = request.body ?? {};
      checkCsrf(parts, interaction.uid, form.csrf);
      if (interaction.prompt.name === 'login') return logIn(parts, interaction, form, request, reply);
      return finish(parts, request, reply, await decide(parts, interaction, form));
    });
  };
}

/** The interaction of the cookie, which must be that of the address. */
async function interactionOf(
  { provider }: Parts,
  request: FastifyRequest<{ Params: { uid: string } }>,
  reply: FastifyReply,
): Promise<Interaction> {
  const interaction = await provider.interactionDetails(request.raw, reply.raw);
  if (interaction.uid === request.params.uid) return interaction;
  throw new errors.SessionNotFound('this page belongs to another login');
}

async function ask(parts: Parts, interaction: Interaction, reply: FastifyReply) {
  const { prompt, params, session } = interaction;
  const form = { csrf: csrfOf(parts, interaction.uid), client: await clientName(parts, params.client_id) };
  reply.headers(pageHeaders(formTarget(params.redirect_uri)));
  if (prompt.name === 'login') return loginPage({ ...form, login: String(params.login_hint ?? '') });
  const purpose = await purposeAsked(parts, session?.accountId, params.purpose_of_use);
  return consentPage({ ...form, scopes: String(params.scope ?? '').split(' '), purpose });
}

async function logIn(
  parts: Parts,
  interaction: Interaction,
  { login = '', password = '' }: Form,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const client = String(interaction.params.client_id);
  const result = await parts.logins.logIn({ login, password, client, address: request.ip });
  if (result.outcome === 'success') {
    // Forgotten with the browser: hospital desks are shared.
    const proven = { accountId: result.person.id, amr: ['pwd'], remember: false };
    return finish(parts, request, reply, { login: proven });
  }
  const wait = result.outcome === 'throttled' ? result.wait : 0;
  if (wait) reply.header('retry-after', wait);
  const error = wait
    ? `Too many attempts. Try again in ${wait} seconds.`
    : 'User name or password is wrong. Check both and try again.';
  const form = { csrf: csrfOf(parts, interaction.uid), client: await clientName(parts, client), login, error };
  reply.code(wait ? 429 : 401).headers(pageHeaders(formTarget(interaction.params.redirect_uri)));
  return loginPage(form);
}

async function decide(parts: Parts, interaction: Interaction, { decision }: Form): Promise<InteractionResults> {
  if (decision !== 'allow') return { error: 'access_denied', error_description: 'The person did not allow it' };
  const { params, session, prompt, grantId } = interaction;
  const account = String(session?.accountId);
  const purpose = await purposeAsked(parts, account, params.purpose_of_use);
  const known = grantId ? await parts.provider.Grant.find(grantId) : undefined;
  const grant = known ?? newGrant(parts.provider, { account, client: String(params.client_id), purpose });
  const { missingOIDCScope, missingResourceScopes } = prompt.details as {
    missingOIDCScope?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return { consent: { grantId: await grant.save() } };
}

async function finish({ provider }: Parts, request: FastifyRequest, reply: FastifyReply, result: InteractionResults) {
  const mergeWithLastSubmission = !('login' in result);
  return reply.redirect(
    await provider.interactionResult(request.raw, reply.raw, result, { mergeWithLastSubmission }),
    303,
  );
}

async function purposeAsked({ logins }: Parts, account: string | undefined, asked: unknown): Promise<string> {
  const person = account ? await logins.account(account) : undefined;
  const purpose = person && purposeOf(person.role, asked as string | undefined);
  if (!purpose) throw new Failure('forbidden', 'This login has ended: go back to the application and start again.');
  return purpose;
}

const clientName = async ({ provider }: Parts, id: unknown) =>
  (await provider.Client.find(String(id)))?.clientName ?? 'An application';

const csrfOf = ({ mac }: Parts, uid: string) => mac(`csrf/${uid}`);

function checkCsrf(parts: Parts, uid: string, sent = ''): void {
  const expected = Buffer.from(csrfOf(parts, uid));
  const given = Buffer.from(sent);
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw new Failure('forbidden', 'This form was not made for you: go back to the application and start again.');
}

const tooLong = new Failure('too-long', 'This form is too long.');

function failed(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof errors.OIDCProviderError && error.expose) {
    const text = 'This login has ended or was begun elsewhere. Go back to the application and start again.';
    return reply.code(error.statusCode).headers(pageHeaders()).send(notePage('This login has ended', text));
  }
  const failure = (error as FastifyError).statusCode === 413 ? tooLong : asFailure(error);
  if (failure.code === 'exception') request.log.error({ err: error }, 'login page failed');
  const [status] = failures[failure.code];
  return reply.code(status).headers(pageHeaders()).send(notePage('This did not work', failure.message));
}
