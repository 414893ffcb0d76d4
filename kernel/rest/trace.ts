import { context, type Span, trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import { contextOf, endSpan, startSpan, traced } from '../spans.ts';

declare module 'fastify' {
  interface FastifyRequest {
    span?: Span;
  }
}

/** A span for each request, named by its route's template; handlers run inside it. Without tracing nothing is added. */
export function traceRequests(server: FastifyInstance): void {
  if (!traced()) return;
  server.addHook('onRequest', async (request) => {
    const route = request.routeOptions.url ?? 'none';
    const attributes = { 'http.request.method': request.method, 'http.route': route };
    request.span = startSpan(`${request.method} ${route}`, contextOf(request.headers), attributes);
  });
  // after the body was read: its stream's events come from outside of any context
  server.addHook('preHandler', (request, _reply, done) => {
    if (request.span) context.with(trace.setSpan(context.active(), request.span), done);
    else done();
  });
  server.addHook('onResponse', async ({ span }, { statusCode }) => {
    const failed = statusCode >= 500 && { 'error.type': String(statusCode) };
    if (span) endSpan(span, { 'http.response.status_code': statusCode, ...failed });
  });
}
