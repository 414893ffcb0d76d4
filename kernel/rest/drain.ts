import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long clients with open connections are still answered after a close began, milliseconds. */
const courtesy = 200;

/**
 * Lets nobody fall into the gap between two requests: once the server is closing, every answer tells its connection to
 * close, and for a moment new requests are still taken, before idle connections are cut.
 * @returns whether the server is closing
 */
export function drainPolitely(server: FastifyInstance): () => boolean {
  let closing = false;
  server.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  server.addHook('preClose', async () => {
    closing = true;
    if ((await connections(server)) > 0) await pause(courtesy);
  });
  return () => closing;
}

const connections = ({ server }: FastifyInstance) =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
