import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';

/** What a client may read of an answer besides its body. */
const exposed = 'etag, last-modified, location, retry-after, www-authenticate, x-request-id';

/**
 * Applications in browsers may call every route that needs a token, from any origin: a browser sends no token by
 * itself, so whoever has one may use it from anywhere (no cookies are read here). Public routes say it themselves.
 */
export function allowOrigins(server: FastifyInstance): void {
  const methods = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method, config }: RouteOptions) => {
    if (!config?.access || config.access === 'public') return;
    const known = methods.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    if (methods.has(url)) return;
    methods.set(url, known);
    server.options(url, { config: { access: 'public' } }, (request, reply) => preflight(request, reply, known));
  });
  server.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (!request.headers.origin || !access || access === 'public') return;
    reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', exposed);
  });
}

/** Fetch Standard §3.2.2; "*" does not stand for authorization there, so the headers are those that were asked for. */
function preflight({ headers }: FastifyRequest, reply: FastifyReply, methods: ReadonlySet<string>) {
  const allow = [...methods].join(', ');
  reply.code(204).headers({ allow, 'access-control-allow-origin': '*', 'access-control-allow-methods': allow });
  const asked = headers['access-control-request-headers'];
  if (asked) reply.headers({ 'access-control-allow-headers': asked, 'access-control-max-age': '3600' });
  return reply.send();
}
