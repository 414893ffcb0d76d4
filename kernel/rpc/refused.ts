import type { Socket } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import type { Logger } from 'pino';

/** Callers that are remembered as told of; whoever comes after so many is not told of. */
const remembered = 1000;

/** What grpc-js listens with; its types keep that to themselves. The socket below TLS still knows its address. */
interface Listening {
  on(event: 'connection', listener: (socket: Socket) => void): void;
  on(event: 'tlsClientError', listener: (error: NodeJS.ErrnoException, above: { _parent?: Socket }) => void): void;
}

/**
 * Logs callers whose TLS handshake fails, such as those with a certificate of another CA: once for each address and
 * reason. grpc-js itself says nothing of them, and they learn no more than that the connection broke.
 */
export function logRefused(server: Server, log: Logger): void {
  const told = new Set<string>();
  for (const listening of (server as unknown as { http2Servers: Map<Listening, unknown> }).http2Servers.keys()) {
    listening.on('connection', (socket) => void socket.remoteAddress); // read once, it stays when the socket is gone
    listening.on('tlsClientError', ({ code = 'unknown' }, { _parent: below }) => {
      const peer = below?.remoteAddress ?? 'unknown';
      const what = `${peer} ${code}`;
      if (told.has(what) || told.size >= remembered || code === 'ECONNRESET') return;
      told.add(what);
      log.warn({ peer, reason: code }, 'a caller was refused: its TLS handshake failed');
    });
  }
}
