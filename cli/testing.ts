import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { main } from './main.ts';

/** What a command line gave. */
export interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** Runs a command line in this process. */
export async function cli(...argv: string[]): Promise<Outcome> {
  const [out, err]: string[][] = [[], []];
  const code = await main(argv, { out: (line) => void out!.push(line), err: (line) => void err!.push(line) });
  return { code, out: out!.join('\n'), err: err!.join('\n') };
}

export interface Received {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Reply {
  status?: number;
  body?: string | Uint8Array | object;
}

/** A server on a free loopback port that answers as it is told, and remembers what it was asked. */
export async function serve(answer: (received: Received) => Reply | 'hang up') {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const asked = { method: request.method!, path: request.url!, headers: request.headers, body };
    received.push(asked);
    const answered = answer(asked);
    if (answered === 'hang up') return request.socket.destroy();
    const { status = 200, body: reply = '' } = answered;
    const raw = typeof reply === 'string' || reply instanceof Uint8Array;
    response.writeHead(status).end(raw ? reply : JSON.stringify(reply));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
