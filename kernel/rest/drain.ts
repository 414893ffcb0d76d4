import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** Silence, and the longest wait for it, milliseconds: of new connections before the listener closes … */
const settled = { silence: 100, patience: 1000 };
/** … and of requests before idle connections are cut. */
const quiet = { silence: 250, patience: 3000 };

/**
 * Lets nobody fall into the gap between two requests. Closing a listener resets the connections that wait to be
 * accepted, and Node cuts idle connections together with the requests that are on their way. So a closing server first
 * waits for a moment in which nobody connects; then it listens no more, every answer tells its connection to close, and
 * idle connections are cut once nothing comes any more.
 * @returns whether the server is closing
 */
export function drainPolitely(app: FastifyInstance): () => boolean {
  const { server } = app;
  let phase: 'open' | 'settling' | 'closing' = 'open';
  const last = { connection: 0, request: 0 };
  for (const event of ['connection', 'request'] as const) {
    server.on(event, () => {
      last[event] = performance.now();
    });
  }
  app.addHook('preClose', async () => {
    phase = 'settling';
    await silence(() => last.connection, settled);
    phase = 'closing';
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (phase === 'closing') reply.header('connection', 'close');
    if (phase === 'settling') reply.raw.removeHeader('connection'); // fastify's own: it would bring new connections
    done();
  });
  const cut = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => void silence(() => last.request, quiet).then(cut);
  return () => phase !== 'open';
}

/** Resolves when `last` is long enough ago, seen after the event loop has looked for news. */
async function silence(last: () => number, { silence, patience }: typeof quiet): Promise<void> {
  const deadline = performance.now() + patience;
  do {
    await turn();
    if (last() === 0) return; // nothing ever came
    await pause(20, undefined, { ref: false });
    await turn();
  } while (performance.now() - last() < silence && performance.now() < deadline);
}
