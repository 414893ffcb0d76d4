import type { FastifyInstance } from 'fastify';

/** How long open connections are still answered after a close began, milliseconds. */
const courtesy = 200;

/**
 * Lets nobody fall into the gap between two requests: a closing server listens no more, but goes on to answer on the
 * connections it has, and every answer tells its connection to close. Node would cut idle ones at once, and with them
 * the requests that are on their way; here they are cut after a moment.
 * @returns whether the server is closing
 */
export function drainPolitely(app: FastifyInstance): () => boolean {
  let closing = false;
  const { server } = app;
  const cut = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => void setTimeout(cut, courtesy).unref();
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  return () => closing;
}
