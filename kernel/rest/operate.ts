import type { FastifyInstance } from 'fastify';
import type { Service } from '../service.ts';
import type { Metrics } from '../telemetry.ts';

const open = { config: { access: 'public' } } as const;

/** What operators ask: /health/live, /health/ready (200 only when every service can serve), /metrics. */
export function operate(
  server: FastifyInstance,
  services: readonly Service[],
  metrics: Metrics,
  closing: () => boolean,
): void {
  server.get('/health/live', open, async () => ({ status: 'live' }));
  server.get('/health/ready', open, async (_request, reply) => {
    if (closing()) return reply.code(503).send({ status: 'closing' });
    const waiting = services.map(({ name, unready }) => [name, unready()] as const).filter(([, reason]) => reason);
    if (waiting.length === 0) return { status: 'ready' };
    return reply.code(503).send({ status: 'not ready', waiting: Object.fromEntries(waiting) });
  });
  server.get('/metrics', open, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(await metrics.text()),
  );
  server.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
    const labels = { method, route: routeOptions.url ?? 'none', status: String(reply.statusCode) };
    metrics.observe('healthchain_http_request_seconds', reply.elapsedTime / 1000, labels);
    done();
  });
}
