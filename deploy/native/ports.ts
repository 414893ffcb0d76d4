import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Resolves to whether nobody listens on this loopback port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Below the ports that systems give to outgoing connections, which would take those of an engine that is down. */
const [lowest, highest] = [20_000, 32_000];

/** One free loopback port for each name. */
export async function freePorts(names: readonly string[]): Promise<Record<string, number>> {
  const ports = new Set<number>();
  while (ports.size < names.length) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) ports.add(port);
  }
  return Object.fromEntries([...ports].map((port, index) => [names[index], port]));
}
