import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';

/** Where requests go whose path begins so: `http://host:port`. The longest prefix counts. */
export type GatewayRoutes = Readonly<Record<string, string>>;

/** Headers of one connection, not of the message (RFC 9110 §7.6.1). */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

/**
 * One HTTP entry for the REST doors of several processes. It passes bodies on as they come, both ways, keeps nothing and
 * logs nothing. What a caller says of its own address is replaced by where it came from, in `X-Forwarded-For`. Answers
 * 404 where nobody serves the path, 503 where who does is away; `/health/ready` is ready when all are.
 */
export function gateway(routes: GatewayRoutes): { server: Server; close(): Promise<void> } {
  const agent = new Agent({ keepAlive: true });
  const prefixes = Object.keys(routes).sort((one, other) => other.length - one.length);
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url!.split('?', 1)[0]!;
    if (path === '/health/ready') return void ready(Object.values(routes), outgoing);
    const prefix = prefixes.find((each) => path === each || path.startsWith(`${each}/`));
    if (!prefix) return problem(outgoing, 404, 'not-found', 'There is nothing at this address.');
    pass(incoming, outgoing, routes[prefix]!, agent);
  });
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          agent.destroy();
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, target: string, agent: Agent): void {
  const { method, url } = incoming;
  const onward = request(new URL(target), { method, path: url, headers: onwardHeaders(incoming), agent });
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode!, answer.statusMessage, endToEnd(answer.headers));
    pipeline(answer, outgoing, () => {}); // what breaks on one side is cut on the other
  });
  onward.on('error', () => {
    incoming.resume(); // what still comes is dropped, so that the connection can be used again
    if (outgoing.headersSent) outgoing.destroy();
    else problem(outgoing, 503, 'transient', 'The service does not answer now; retry.');
  });
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) onward.destroy();
  });
  incoming.pipe(onward);
}

/** What proxies say of the caller: the services believe it of us, so nothing of it comes from outside. */
const ofProxies = ['forwarded', 'x-real-ip'];

function onwardHeaders({ headers, socket }: IncomingMessage): OutgoingHttpHeaders {
  const kept = Object.entries(endToEnd(headers)).filter(
    ([name]) => !name.startsWith('x-forwarded-') && !ofProxies.includes(name),
  );
  return { ...Object.fromEntries(kept), ...framing(headers), 'x-forwarded-for': socket.remoteAddress };
}

/** Where the body ends, whatever the caller's `Connection` names: unframed it would be read as the next request. */
function framing(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  if (headers['transfer-encoding'] !== undefined) return { 'transfer-encoding': 'chunked' };
  const length = headers['content-length'];
  return length === undefined ? {} : { 'content-length': length };
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.includes(name) && !named.includes(name)),
  );
}

function problem(outgoing: ServerResponse, status: number, title: string, detail: string): void {
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  outgoing.writeHead(status, { 'content-type': 'application/problem+json; charset=utf-8' }).end(body);
}

async function ready(targets: readonly string[], outgoing: ServerResponse): Promise<void> {
  const states = await Promise.all(
    [...new Set(targets)].map((target) =>
      fetch(`${target}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    ),
  );
  const status = states.every(Boolean) ? 'ready' : 'not ready';
  outgoing.writeHead(status === 'ready' ? 200 : 503, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ status }));
}
