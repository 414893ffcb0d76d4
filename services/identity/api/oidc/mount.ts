import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Provider } from 'oidc-provider';

/** Serves the provider (a Koa application) at `/auth/*`; its requests' bodies are left for it to read. */
export function providerRoutes(provider: Provider, baseUrl: string) {
  const callback = provider.callback();
  const base = new URL(baseUrl);
  return async (server: FastifyInstance): Promise<void> => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', (_request, _payload, done) => done(null));
    server.all('/auth/*', { config: { access: 'public' } }, (request, reply) => {
      reply.hijack();
      forward(request.raw, base, request.ip);
      return callback(request.raw, reply.raw);
    });
  };
}

/** Makes the request look as it left the client: the provider builds its addresses of the host and the mount path. */
function forward(request: IncomingMessage & { baseUrl?: string }, base: URL, address: string): void {
  request.baseUrl = '/auth';
  request.url = withConsentPrompt(request.url!.slice('/auth'.length));
  request.headers.host = base.host;
  request.headers['x-forwarded-host'] = base.host;
  request.headers['x-forwarded-proto'] = base.protocol.slice(0, -1);
  request.headers['x-forwarded-for'] = address;
}

/**
 * OpenID Connect Core §11 wants `prompt=consent` with `offline_access`, and the provider drops the scope without it;
 * SMART applications do not send it.
 */
function withConsentPrompt(url: string): string {
  const parsed = URL.parse(url, 'http://host');
  if (parsed?.pathname !== '/authorize') return url;
  const { searchParams } = parsed;
  const prompt = searchParams.get('prompt') ?? '';
  const offline = searchParams.get('scope')?.split(' ').includes('offline_access');
  if (!offline || /\b(none|consent)\b/.test(prompt)) return url;
  searchParams.set('prompt', `${prompt} consent`.trim());
  return parsed.pathname + parsed.search;
}
