import type { TLSSocket } from 'node:tls';
import type { Server } from '@grpc/grpc-js';
import type { Logger } from 'pino';

/** Callers that are remembered as told of; whoever comes after so many is not told of. */
const remembered = 1000;

/** The part of grpc-js's server that its types keep to themselves. */
interface Listening {
  http2Servers: Map<
    { on(event: 'tlsClientError', listener: (error: Error, socket: TLSSocket) => void): void },
    unknown
  >;
}

/**
 * Logs callers whose TLS handshake fails, such as those with a certificate of another CA: once for each address and
 * reason. grpc-js itself says nothing of them, and they learn no more than that the connection broke.
 */
export function logRefused(server: Server, log: Logger): void {
  const told = new Set<string>();
  for (const listening of (server as unknown as Listening).http2Servers.keys()) {
    listening.on('tlsClientError', (error, { remoteAddress: peer = 'unknown' }) => {
      const { code = error.message } = error as NodeJS.ErrnoException;
      const what = `${peer} ${code}`;
      if (told.has(what) || told.size >= remembered || code === 'ECONNRESET') return;
      told.add(what);
      log.warn({ peer, reason: code }, 'a caller was refused: its TLS handshake failed');
    });
  }
}
