import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { Actor, Authenticate } from '../auth/actor.ts';
import { grants } from '../auth/scopes.ts';
import { Failure } from '../errors.ts';

/** Who may use a route: anybody, any verified token, or a token with this scope (`<type>.<interactions>`). */
export type RouteAccess = 'public' | 'token' | { scope: string };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    /** The verified token's actor; absent on public routes. */
    actor?: Actor;
    /** The token itself, to forward to other services. */
    bearer?: string;
  }
}

/**
 * Deny by default: a route that does not say who may use it stops the start, and a token is verified before the body
 * is read.
 */
export function guardRoutes(server: FastifyInstance, authenticate: Authenticate): void {
  server.decorateRequest('actor', undefined);
  server.decorateRequest('bearer', undefined);
  server.addHook('onRoute', (route: RouteOptions) => {
    if (route.config?.access) return;
    throw new Error(`route ${route.method} ${route.url} does not say who may use it (config.access)`);
  });
  server.addHook('onRequest', (request, _reply, done) => {
    const access = request.routeOptions.config.access;
    if (!access || access === 'public') done();
    else authorise(request, access, authenticate).then(() => done(), done);
  });
}

async function authorise(request: FastifyRequest, access: Exclude<RouteAccess, 'public'>, authenticate: Authenticate) {
  const token = bearerOf(request.headers.authorization);
  const actor = await authenticate(token);
  if (access !== 'token' && !grants(actor.scopes, access.scope)) {
    throw new Failure('forbidden', `The access token lacks the scope ${access.scope}.`);
  }
  request.actor = actor;
  request.bearer = token;
}

/** RFC 6750 §2.1. Throws Failure `login` where there is no bearer token. */
function bearerOf(header: string | undefined): string {
  if (header?.slice(0, 7).toLowerCase() === 'bearer ') return header.slice(7).trim();
  throw new Failure('login', 'This needs an access token: header "Authorization: Bearer <token>".');
}
